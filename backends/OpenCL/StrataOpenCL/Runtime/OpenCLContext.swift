#if OpenCL
import COpenCL
import StrataBackend
import Synchronization

/// A device with its context and one queue, in which everything happens in the order it was enqueued.
final class OpenCLContext: Sendable {
    let device: Device
    let tuning: Tuning
    let cache: BinaryCache?
    nonisolated(unsafe) let context: cl_context
    nonisolated(unsafe) let queue: cl_command_queue

    /// Where each kernel that was compiled is: a step on a smaller batch, an evaluation and a training step have most
    /// of theirs in common.
    private let compiled = Mutex<[String: (library: Library, name: String)]>([:])

    init(_ device: Device, tuning: Tuning, cache: BinaryCache?) throws {
        var id: cl_device_id? = device.id
        var status: cl_int = 0
        guard let context = clCreateContext(nil, 1, &id, nil, nil, &status) else {
            try check(status, "clCreateContext", device.name)
            throw StrataError(.device, "opencl: no context for \(device.name)")
        }
        guard let queue = clCreateCommandQueue(context, device.id, 0, &status) else {
            clReleaseContext(context)
            try check(status, "clCreateCommandQueue", device.name)
            throw StrataError(.device, "opencl: no queue for \(device.name)")
        }
        self.device = device
        self.tuning = tuning
        self.cache = cache
        self.context = context
        self.queue = queue
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

    deinit {
        clFinish(queue)
        clReleaseCommandQueue(queue)
        clReleaseContext(context)
        // Counts for a part of a device only.
        clReleaseDevice(device.id)
    }
}
#endif
