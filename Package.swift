// swift-tools-version: 6.2
import PackageDescription

// One target per stretch of the walk from the job file to the outputs; imports go one way, down
// this list. Numerical targets need fused multiplication and addition, which x86-64 has from its
// third level on (Intel Haswell, AMD Zen): without it every fused operation is a call. The program
// refuses an older processor when it starts.
#if arch(x86_64)
  let vectorSettings: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
  let widestVectorSettings: [SwiftSetting] = [
    .unsafeFlags(["-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"])
  ]
#else
  let vectorSettings: [SwiftSetting] = []
  let widestVectorSettings: [SwiftSetting] = []
#endif

// Overlapping accesses to a property are looked for in debug builds only: in the E-step and the
// verification, whose scratch memory belongs to classes, this takes some per cent of a short fit.
let inRelease: [SwiftSetting] = [
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]
// Targets without loops over subjects or nodes are left unoptimised, which compiles them in a fifth
// of the time: ControlStreams in 7 s of one processor instead of 55 s. Report, NonmemFiles,
// FitReport, Figures and JobControl go through rows of each subject, and are optimised: without, a
// fit of 33,000 subjects whose nodes take 2 s was followed by 5 s of writing, one with all tables
// took 29 s instead of 7 s, and its report 5 s instead of 3 s. JobFiles is optimised too: without,
// a job took 2 ms more to read, of a fit of 40 ms.
let plainSettings: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

let package = Package(
  name: "popmix",
  products: [
    .executable(name: "popmix", targets: ["popmix"]),
    .library(name: "PopmixLibrary", targets: ["PopmixLibrary"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
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
    // What happens in a body: linear kinetics in closed form, differential equations, and the
    // language that joins them.
    .target(
      name: "CompartmentModels",
      dependencies: ["CVector", "NumericKernels", "PopulationData", "PopulationModel"],
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
        "CVector", "CompartmentModels", "DifferentialEquations", "ModelLanguage", "NumericKernels",
        "PopulationData", "PopulationModel", "Spelling",
      ],
      swiftSettings: vectorSettings),
    .target(
      name: "KernelInterface", dependencies: ["CVector", "NumericKernels", "PopulationModel"],
      swiftSettings: vectorSettings),
    // One source in EStepKernels, to which two folders are links, and a build for each instruction
    // set; Estimation chooses when the program runs.
    .target(
      name: "EStepKernelsV3",
      dependencies: ["CVector", "KernelInterface", "NumericKernels", "PopulationModel"],
      swiftSettings: vectorSettings),
    .target(
      name: "EStepKernelsV4",
      dependencies: ["CVector", "KernelInterface", "NumericKernels", "PopulationModel"],
      swiftSettings: widestVectorSettings),
    .target(
      name: "Estimation",
      dependencies: [
        "CVector", "DataPartition", "EStepKernelsV3", "EStepKernelsV4", "KernelInterface",
        "MessagePassing", "NumericKernels", "PopulationData", "PopulationModel",
      ],
      swiftSettings: vectorSettings + inRelease),

    // What is found out about a fit once it has ended.
    .target(
      name: "Inference",
      dependencies: [
        "CVector", "Estimation", "MessagePassing", "NumericKernels", "PopulationModel",
      ],
      swiftSettings: vectorSettings + inRelease),

    // The one place where observations are drawn from a model, for whoever needs them.
    .target(
      name: "Simulation", dependencies: ["NumericKernels", "PopulationData", "PopulationModel"],
      swiftSettings: vectorSettings),
    .target(
      name: "Study",
      dependencies: [
        "Estimation", "Inference", "NumericKernels", "PopulationData", "PopulationModel",
        "Simulation",
      ]),
    .target(
      name: "Diagnostics",
      dependencies: ["NumericKernels", "PopulationData", "PopulationModel", "Simulation", "Study"],
      swiftSettings: vectorSettings),
    .target(
      name: "Report",
      dependencies: [
        "DataPartition", "Diagnostics", "Estimation", "Inference", "MessagePassing",
        "NumericKernels", "PopulationData", "PopulationModel", "Spelling", "Study",
      ]),
    // NONMEM's control streams as jobs; it knows nothing of fits.
    .target(
      name: "ControlStreams", dependencies: ["PopulationData", "Spelling"],
      swiftSettings: plainSettings),
    // What a user wrote, and the checked plan that is made of it; no ranks, ledgers or outputs.
    .target(
      name: "JobFiles",
      dependencies: [
        "DifferentialEquations", "Estimation", "Inference", "ModelLanguage", "NumericKernels",
        "PopulationData", "PopulationModel", "Spelling", "StructuralModels", "Study",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Results in the formats of another program.
    .target(
      name: "NonmemFiles",
      dependencies: [
        "DataPartition", "Estimation", "Inference", "JobFiles", "MessagePassing", "NumericKernels",
        "PopulationData", "PopulationModel", "Report", "Spelling", "Study",
      ]),
    // What popmix may write into a folder, what of it is its own, and tables read back.
    .target(
      name: "OutputFolders",
      dependencies: ["DataPartition", "MessagePassing", "PopulationData", "Report", "Spelling"]),
    // The data sets of a plan: read, simulated or drawn from another, each rank its share.
    .target(
      name: "DataSets",
      dependencies: [
        "DataPartition", "Estimation", "JobFiles", "MessagePassing", "NumericKernels",
        "OutputFolders", "PopulationData", "PopulationModel", "Simulation", "Spelling", "Study",
      ]),
    .target(
      name: "JobControl",
      dependencies: [
        "ControlStreams", "DataPartition", "DataSets", "Estimation", "Inference", "JobFiles",
        "MessagePassing", "NonmemFiles", "NumericKernels", "OutputFolders", "PopulationData",
        "PopulationModel", "Report", "Spelling", "Study",
      ]),
    // What others may call; its interface is in Interface.txt.
    .target(
      name: "PopmixLibrary",
      dependencies: [
        "DataPartition", "DataSets", "Estimation", "Inference", "JobControl", "JobFiles",
        "MessagePassing", "PopulationModel", "Report",
      ], exclude: ["Interface.txt"]),
    // Figures by gnuplot; they know nothing of fits.
    .target(name: "Figures"),
    .target(
      name: "FitReport",
      dependencies: [
        "DataPartition", "DataSets", "Diagnostics", "Figures", "JobFiles", "MessagePassing",
        "NumericKernels", "OutputFolders", "PopulationData", "PopulationModel", "Report", "Study",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        .embedInCode("Page/page.mustache"), .embedInCode("Page/sort.js"),
        .embedInCode("Page/style.css"),
      ]),
    .executableTarget(
      name: "popmix",
      dependencies: [
        "CVector", "ControlStreams", "Estimation", "FitReport", "JobControl", "MPIBackend",
        "MessagePassing", "NumericKernels", "OutputFolders", "Report", "Spelling",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: plainSettings),

    // What scripts/bench runs; no part of the program.
    .target(name: "CBenchmark"),
    .target(
      name: "Benchmarking",
      dependencies: [
        "CBenchmark", "CSundials", "CVector", "CompartmentModels", "DifferentialEquations",
        "Estimation", "Inference", "KernelInterface", "MessagePassing", "NumericKernels",
        "PopulationData", "PopulationModel", "Report", "Spelling", "StructuralModels", "Study",
      ],
      resources: [.embedInCode("Example/data.csv"), .embedInCode("Example/exact.json")],
      swiftSettings: vectorSettings),
    .executableTarget(
      name: "popmix-bench",
      dependencies: [
        "Benchmarking", "CVector", "Report",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: plainSettings),

    .target(name: "TestSupport", dependencies: ["MessagePassing", "PopulationData"]),
    .testTarget(
      name: "LibraryTests", dependencies: ["PopmixLibrary", "TestSupport", "popmix"],
      swiftSettings: plainSettings),
    .executableTarget(
      name: "communicator-contract",
      dependencies: ["CMPI", "MessagePassing", "MPIBackend", "TestSupport"],
      swiftSettings: plainSettings),
    .testTarget(
      name: "MessagePassingTests", dependencies: ["MessagePassing", "TestSupport"],
      exclude: ["Tables"]),
    .testTarget(
      name: "MPIBackendTests",
      dependencies: ["MPIBackend", "MessagePassing", "TestSupport", "communicator-contract"],
      swiftSettings: plainSettings),
    .testTarget(
      name: "EndToEndTests", dependencies: ["Estimation", "Report", "TestSupport", "popmix"],
      exclude: ["Cases", "Cluster", "Readers"], swiftSettings: plainSettings),
    .testTarget(
      name: "KernelTests",
      dependencies: [
        "CompartmentModels", "Estimation", "KernelInterface", "MessagePassing", "NumericKernels",
        "PopulationData", "PopulationModel", "TestSupport", "popmix",
      ], swiftSettings: plainSettings),
    .testTarget(
      name: "ControlStreamTests",
      dependencies: [
        "ControlStreams", "Diagnostics", "Estimation", "JobFiles", "NumericKernels",
        "PopulationData", "PopulationModel",
      ], exclude: ["Streams"], swiftSettings: plainSettings),
    .testTarget(
      name: "FiguresTests", dependencies: ["Figures", "TestSupport"], swiftSettings: plainSettings),
    .testTarget(
      name: "FitReportTests",
      dependencies: ["FitReport", "PopulationData", "PopulationModel", "Report"],
      swiftSettings: plainSettings),
    .testTarget(
      name: "BenchmarkingTests",
      dependencies: [
        "Benchmarking", "Estimation", "JobFiles", "PopulationData", "PopulationModel",
      ],
      swiftSettings: plainSettings),
    .testTarget(
      name: "EstimationTests",
      dependencies: [
        "DataPartition", "Estimation", "Inference", "KernelInterface", "MessagePassing",
        "NumericKernels", "PopulationData", "PopulationModel", "StructuralModels",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ReportTests",
      dependencies: [
        "Diagnostics", "Estimation", "Inference", "MessagePassing", "NumericKernels",
        "PopulationData", "PopulationModel", "Report",
      ], swiftSettings: plainSettings),
    .testTarget(
      name: "NonmemFilesTests",
      dependencies: [
        "Estimation", "Inference", "MessagePassing", "NonmemFiles", "NumericKernels",
        "PopulationData", "PopulationModel", "Report", "Study",
      ], swiftSettings: plainSettings),
    .testTarget(
      name: "StudyTests",
      dependencies: [
        "Estimation", "Inference", "NumericKernels", "PopulationData", "PopulationModel",
        "StructuralModels", "Study",
      ], swiftSettings: plainSettings),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "NumericKernels", "PopulationData", "PopulationModel", "Simulation", "StructuralModels",
      ]),
    .testTarget(
      name: "DiagnosticsTests",
      dependencies: [
        "Diagnostics", "Estimation", "MessagePassing", "NumericKernels", "PopulationData",
        "PopulationModel", "Simulation", "StructuralModels", "Study",
      ]),
    .testTarget(
      name: "JobFilesTests",
      dependencies: [
        "Estimation", "JobFiles", "NumericKernels", "PopulationData", "PopulationModel", "Study",
        "TestSupport",
      ], swiftSettings: plainSettings),
    .testTarget(
      name: "JobControlTests",
      dependencies: [
        "ControlStreams", "DataPartition", "DataSets", "Estimation", "JobControl", "JobFiles",
        "MessagePassing", "OutputFolders", "PopulationData", "PopulationModel", "Report",
        "TestSupport",
      ], swiftSettings: plainSettings),
    .testTarget(
      name: "PopulationDataTests", dependencies: ["PopulationData", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DataPartitionTests",
      dependencies: ["CZlib", "DataPartition", "MessagePassing", "PopulationData", "TestSupport"]),
    .testTarget(
      name: "PopulationModelTests",
      dependencies: ["NumericKernels", "PopulationData", "PopulationModel", "StructuralModels"]),
    .testTarget(
      name: "CompartmentModelsTests",
      dependencies: [
        "CompartmentModels", "NumericKernels", "PopulationData", "PopulationModel", "TestSupport",
      ],
      swiftSettings: vectorSettings),
    .testTarget(
      name: "DifferentialEquationsTests",
      dependencies: [
        "CompartmentModels", "DifferentialEquations", "NumericKernels", "PopulationModel",
      ],
      swiftSettings: vectorSettings),
    .testTarget(
      name: "ModelLanguageTests", dependencies: ["ModelLanguage", "NumericKernels", "TestSupport"]),
    .testTarget(
      name: "StructuralModelsTests",
      dependencies: [
        "CompartmentModels", "DifferentialEquations", "ModelLanguage", "NumericKernels",
        "PopulationData", "PopulationModel", "StructuralModels",
      ],
      swiftSettings: vectorSettings),
    .testTarget(
      name: "NumericKernelsTests", dependencies: ["NumericKernels"], exclude: ["Tables"]),
  ],
  swiftLanguageModes: [.v6]
)

// A file imports whatever it uses a member of, so that the lists of dependencies above are true of
// members too. Warnings are errors where POPMIX_STRICT is set, as .ci/run does: a newer compiler's
// warnings must not keep anybody else from building.
let strictness: [SwiftSetting] =
  Context.environment["POPMIX_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]
for target in package.targets where target.type != .system {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("MemberImportVisibility"),
      .enableUpcomingFeature("InternalImportsByDefault"),
    ] + strictness
}
