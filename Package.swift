// swift-tools-version: 6.1
import PackageDescription

// One target per stretch of the walk from the job file to the outputs; imports go one way, down this list.
let package = Package(
  name: "popmix",
  products: [.executable(name: "popmix", targets: ["popmix"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Other MPI libraries: MPI_PKG_CONFIG names their pkg-config file, for example "mpich".
    .systemLibrary(
      name: "COpenMPI", pkgConfig: Context.environment["MPI_PKG_CONFIG"] ?? "ompi-c",
      providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CMPI", dependencies: ["COpenMPI"]),
    .systemLibrary(name: "CLAPACK", pkgConfig: "lapack", providers: [.apt(["liblapack-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "MessagePassing"),
    .target(name: "MPIBackend", dependencies: ["CMPI", "MessagePassing"]),
    .target(name: "NumericKernels", dependencies: ["CLAPACK"]),
    .target(name: "PopulationData"),
    .target(name: "PopulationModel", dependencies: ["NumericKernels", "PopulationData"]),
    .target(name: "Estimation", dependencies: ["MessagePassing", "PopulationModel"]),

    .target(name: "Study", dependencies: ["Estimation"]),
    .target(name: "Report", dependencies: ["Study"]),
    .target(
      name: "JobControl",
      dependencies: ["CCrypto", "Report", .product(name: "Yams", package: "Yams")]),
    .executableTarget(
      name: "popmix",
      dependencies: [
        "JobControl", "MPIBackend",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    .target(name: "TestSupport", dependencies: ["MessagePassing"]),
    .executableTarget(
      name: "communicator-contract",
      dependencies: ["CMPI", "MessagePassing", "MPIBackend", "TestSupport"]),
    .testTarget(
      name: "MessagePassingTests", dependencies: ["MessagePassing", "TestSupport"],
      exclude: ["Tables"]),
    .testTarget(
      name: "MPIBackendTests",
      dependencies: ["MPIBackend", "TestSupport", "communicator-contract"]),
    .testTarget(name: "EndToEndTests", dependencies: ["Report", "TestSupport", "popmix"]),
    .testTarget(
      name: "EstimationTests", dependencies: ["Estimation", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "ReportTests", dependencies: ["Report"]),
    .testTarget(name: "StudyTests", dependencies: ["Study"]),
    .testTarget(name: "JobControlTests", dependencies: ["JobControl", "TestSupport"]),
    .testTarget(
      name: "PopulationDataTests", dependencies: ["PopulationData", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "PopulationModelTests", dependencies: ["PopulationModel"]),
    .testTarget(
      name: "NumericKernelsTests", dependencies: ["NumericKernels"], exclude: ["Tables"]),
  ],
  swiftLanguageModes: [.v6]
)
