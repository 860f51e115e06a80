#if OpenCL
import COpenCL
import StrataBackend

/// A device's queue with what has been compiled for it.
final class OpenCLContext: Sendable {
    let tuning: Tuning
    let cache: BinaryCache?
    private let shared: DeviceQueue

    var device: Device { shared.device }
    var context: cl_context { shared.context }
    var queue: cl_command_queue { shared.queue }

    /// Where each kernel that was compiled is: a step on a smaller batch, an evaluation and a training step have most
    /// of theirs in common.
    private let compiled = Locked<[String: (library: Library, name: String)]>([:])

    init(_ device: Device, tuning: Tuning, cache: BinaryCache?) throws {
        shared = try DeviceQueue.of(device)
        self.tuning = tuning
        self.cache = cache
    }

    /// A kernel object for each launch, its arguments not set. Compiles at once all texts that are new. The caller
    /// releases the kernels.
    func kernels(for launches: [Launch]) throws -> [cl_kernel] {
        try compiled.withLock { compiled in
            var texts: [String] = []
            var names: [String: String] = [:]
            for launch in launches where compiled[launch.text] == nil && names[launch.text] == nil {
                names[launch.text] = "kernel\(texts.count)"
                texts.append(launch.text)
            }
            if !texts.isEmpty {
                let library = try Library(Template.program(texts, lanes: tuning.lanes), context: self)
                for (text, name) in names { compiled[text] = (library, name) }
            }
            var kernels: [cl_kernel] = []
            do {
                for launch in launches {
                    guard let (library, name) = compiled[launch.text] else { continue }
                    kernels.append(try library.kernel(named: name))
                }
            } catch {
                kernels.forEach { clReleaseKernel($0) }
                throw error
            }
            return kernels
        }
    }
}
#endif
