// swift-tools-version: 6.1
import PackageDescription

// One target per stretch of the walk from the job file to the outputs; imports go one way, down this list.
// Numerical targets need fused multiplication and addition, which x86-64 has from its third level on (Intel Haswell, AMD Zen):
// without it every fused operation is a call. The program refuses an older processor when it starts.
#if arch(x86_64)
  let vectorSettings: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
  let widestVectorSettings: [SwiftSetting] = [
    .unsafeFlags(["-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"])
  ]
#else
  let vectorSettings: [SwiftSetting] = []
  let widestVectorSettings: [SwiftSetting] = []
#endif

// Whether accesses to a property overlap is looked at in debug builds: in the E-step and the verification, whose scratch is the
// property of classes, this takes some per cent of a short fit.
let inRelease: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

let package = Package(
  name: "popmix",
  products: [.executable(name: "popmix", targets: ["popmix"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // Other MPI libraries: MPI_PKG_CONFIG names their pkg-config file, for example "mpich".
    .systemLibrary(
      name: "COpenMPI", pkgConfig: Context.environment["MPI_PKG_CONFIG"] ?? "ompi-c",
      providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CMPI", dependencies: ["COpenMPI"]),
    .systemLibrary(name: "CLAPACK", pkgConfig: "lapack", providers: [.apt(["liblapack-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CVector"),
    // Debian has no pkg-config file of SUNDIALS; version 7 needs "sundials_cvode sundials_core".
    .target(
      name: "CSundials",
      linkerSettings: (Context.environment["SUNDIALS_LIBRARIES"] ?? "sundials_cvode")
        .split(separator: " ").map { .linkedLibrary(String($0)) }),
    .target(name: "MessagePassing"),
    .target(name: "MPIBackend", dependencies: ["CMPI", "MessagePassing"]),
    .target(
      name: "NumericKernels", dependencies: ["CLAPACK", "CVector"], swiftSettings: vectorSettings),
    .target(name: "PopulationData"),
    .target(
      name: "DataPartition",
      dependencies: ["CCrypto", "CZlib", "MessagePassing", "PopulationData"]),
    .target(
      name: "PopulationModel", dependencies: ["NumericKernels", "PopulationData"],
      swiftSettings: vectorSettings),
    // What happens in a body: linear kinetics in closed form, differential equations, and the language that joins them.
    .target(
      name: "CompartmentModels", dependencies: ["CVector", "NumericKernels", "PopulationModel"],
      swiftSettings: vectorSettings),
    .target(
      name: "DifferentialEquations", dependencies: ["CSundials", "CVector", "NumericKernels"],
      swiftSettings: vectorSettings),
    .target(name: "Spelling"),
    .target(
      name: "ModelLanguage", dependencies: ["CVector", "NumericKernels", "Spelling"],
      swiftSettings: vectorSettings),
    .target(
      name: "StructuralModels",
      dependencies: [
        "CVector", "CompartmentModels", "DifferentialEquations", "ModelLanguage",
        "PopulationModel",
      ],
      swiftSettings: vectorSettings),
    .target(
      name: "KernelInterface", dependencies: ["PopulationModel"], swiftSettings: vectorSettings),
    // One source in EStepKernels, to which two folders are links, and a build for each instruction set; Estimation chooses
    // when the program runs.
    .target(
      name: "EStepKernelsV3", dependencies: ["KernelInterface"], swiftSettings: vectorSettings),
    .target(
      name: "EStepKernelsV4", dependencies: ["KernelInterface"],
      swiftSettings: widestVectorSettings),
    .target(
      name: "Estimation",
      dependencies: [
        "CVector", "DataPartition", "EStepKernelsV3", "EStepKernelsV4", "MessagePassing",
        "PopulationModel", "StructuralModels",
      ],
      swiftSettings: vectorSettings + inRelease),

    .target(name: "Study", dependencies: ["Estimation"]),
    .target(
      name: "Diagnostics", dependencies: ["NumericKernels", "PopulationModel", "Study"],
      swiftSettings: vectorSettings),
    .target(name: "Report", dependencies: ["Diagnostics", "Study"]),
    // NONMEM's control streams as jobs; it knows nothing of fits.
    .target(name: "ControlStreams", dependencies: ["PopulationData", "Spelling"]),
    // Results in the formats of another program.
    .target(name: "NonmemFiles", dependencies: ["Report"]),
    .target(
      name: "JobControl",
      dependencies: [
        "ControlStreams", "DataPartition", "Diagnostics", "NonmemFiles", "Report", "Spelling",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Figures by gnuplot; they know nothing of fits.
    .target(name: "Figures"),
    .target(
      name: "FitReport",
      dependencies: [
        "DataPartition", "Diagnostics", "Figures", "JobControl", "Report",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("Page/page.mustache"), .embedInCode("Page/sort.js"),
        .embedInCode("Page/style.css"),
      ]),
    .executableTarget(
      name: "popmix",
      dependencies: [
        "CVector", "ControlStreams", "FitReport", "JobControl", "MPIBackend", "NumericKernels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // What scripts/bench runs; no part of the program.
    .target(name: "CBenchmark"),
    .target(
      name: "Benchmarking",
      dependencies: ["CBenchmark", "CSundials", "CVector", "DifferentialEquations", "Report"],
      resources: [.embedInCode("Example/data.csv"), .embedInCode("Example/exact.json")],
      swiftSettings: vectorSettings),
    .executableTarget(
      name: "popmix-bench",
      dependencies: [
        "Benchmarking", "CVector",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "TestSupport", dependencies: ["MessagePassing", "PopulationData"]),
    .executableTarget(
      name: "communicator-contract",
      dependencies: ["CMPI", "MessagePassing", "MPIBackend", "TestSupport"]),
    .testTarget(
      name: "MessagePassingTests", dependencies: ["MessagePassing", "TestSupport"],
      exclude: ["Tables"]),
    .testTarget(
      name: "MPIBackendTests",
      dependencies: ["MPIBackend", "TestSupport", "communicator-contract"]),
    .testTarget(
      name: "EndToEndTests", dependencies: ["Report", "TestSupport", "popmix"],
      exclude: ["Cases", "Cluster", "Readers"]),
    .testTarget(
      name: "KernelTests", dependencies: ["Estimation", "KernelInterface", "TestSupport", "popmix"]),
    .testTarget(
      name: "ControlStreamTests", dependencies: ["ControlStreams"], exclude: ["Streams"]),
    .testTarget(name: "FiguresTests", dependencies: ["Figures", "TestSupport"]),
    .testTarget(name: "FitReportTests", dependencies: ["FitReport", "PopulationData"]),
    .testTarget(name: "BenchmarkingTests", dependencies: ["Benchmarking"]),
    .testTarget(
      name: "EstimationTests",
      dependencies: ["DataPartition", "Estimation", "StructuralModels", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ReportTests", dependencies: ["Diagnostics", "Estimation", "PopulationData", "Report"]),
    .testTarget(
      name: "NonmemFilesTests", dependencies: ["Estimation", "NonmemFiles", "StructuralModels"]),
    .testTarget(name: "StudyTests", dependencies: ["Study"]),
    .testTarget(
      name: "DiagnosticsTests", dependencies: ["Diagnostics", "Estimation", "MessagePassing"]),
    .testTarget(
      name: "JobControlTests",
      dependencies: [
        "ControlStreams", "DataPartition", "JobControl", "MessagePassing", "TestSupport",
      ]),
    .testTarget(
      name: "PopulationDataTests", dependencies: ["PopulationData", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DataPartitionTests", dependencies: ["CZlib", "DataPartition", "TestSupport"]),
    .testTarget(
      name: "PopulationModelTests", dependencies: ["PopulationModel", "StructuralModels"]),
    .testTarget(
      name: "CompartmentModelsTests",
      dependencies: ["CompartmentModels", "PopulationData", "PopulationModel", "TestSupport"],
      swiftSettings: vectorSettings),
    .testTarget(
      name: "DifferentialEquationsTests",
      dependencies: [
        "CompartmentModels", "DifferentialEquations", "NumericKernels", "PopulationModel",
      ],
      swiftSettings: vectorSettings),
    .testTarget(name: "ModelLanguageTests", dependencies: ["ModelLanguage", "TestSupport"]),
    .testTarget(
      name: "StructuralModelsTests",
      dependencies: ["PopulationData", "PopulationModel", "StructuralModels"],
      swiftSettings: vectorSettings),
    .testTarget(
      name: "NumericKernelsTests", dependencies: ["NumericKernels"], exclude: ["Tables"]),
  ],
  swiftLanguageModes: [.v6]
)
