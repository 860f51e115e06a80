#if OpenCL
import COpenCL
import StrataBackend

/// A device with its context and one queue, in which everything happens in the order it was enqueued.
final class OpenCLContext: Sendable {
    let device: Device
    let tuning: Tuning
    let cache: BinaryCache?
    nonisolated(unsafe) let context: cl_context
    nonisolated(unsafe) let queue: cl_command_queue

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

    deinit {
        clFinish(queue)
        clReleaseCommandQueue(queue)
        clReleaseContext(context)
    }
}
#endif
