import ArgumentParser
import StrataBackend

/// The backend that computes, and its device.
struct BackendOptions: ParsableArguments {
    @Option(help: "The backend that computes; 'strata backends' lists them.")
    var backend: String?

    @Option(parsing: .unconditional, help: "Threads of the processor to use (default: all).")
    var threads: Int?

    @Option(
        help: "The device, where a backend has several: for opencl a platform, or platform:device, by number or name.")
    var device: String?

    /// The options as they were typed, for a command within this one.
    var words: [String] {
        [("--backend", backend), ("--threads", threads.map(String.init)), ("--device", device)].flatMap { name, value in
            value.map { [name, $0] } ?? []
        }
    }

    private static let withoutDevices: Set = ["simd", "blas", "reference"]

    /// Starts the backend: the one named, else `fallback`, that of a run, else the first of all.
    func make(fallback: String? = nil) throws -> any Backend {
        let registry = Toolbox.current.backends
        let name = backend ?? fallback ?? registry.backends.first?.identifier ?? "simd"
        if let absent = BackendRegistry.leftOut.first(where: { $0.identifier == name }) {
            throw StrataError(
                .backendUnavailable,
                "backend '\(name)' is not in this build; build with the trait \(absent.trait) (on by default)")
        }
        if let threads { try checkCount(threads, "threads", limit: 4096) }
        if let device, BackendOptions.withoutDevices.contains(name) {
            throw StrataError(
                parameter: "device", device, "backend '\(name)' computes on the processor, its only device")
        }
        return try registry.make(name, BackendConfiguration(threads: threads, device: device))
    }
}

/// The form of the results.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output; progress and messages go to standard error.")
    var json = false

    @Flag(help: "Say nothing but the result and errors.")
    var quiet = false

    /// Prints for people, on standard output, unless it belongs to JSON.
    func say(_ text: String) {
        if json { note(text) } else if !quiet { print(text) }
    }

    /// Prints on the side, on standard error.
    func note(_ text: String) {
        if !quiet { Terminal.writeError(text + "\n") }
    }
}
