#if OpenCL
import COpenCL
import StrataBackend

/// A device's context and its one queue, in which everything happens in the order it was enqueued.
///
/// Every device has one at most, for the life of the process. None is ever released: a worker thread of PoCL 3.1 still
/// touches the queue and the device of its last command after `clFinish` has returned.
final class DeviceQueue: Sendable {
    let device: Device
    nonisolated(unsafe) let context: cl_context
    nonisolated(unsafe) let queue: cl_command_queue

    private static let all = Locked<[DeviceQueue]>([])

    static func of(_ device: Device) throws -> DeviceQueue {
        try all.withLock { all in
            if let known = all.first(where: { $0.device.id == device.id }) { return known }
            let made = try DeviceQueue(device)
            all.append(made)
            return made
        }
    }

    private init(_ device: Device) throws {
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
        self.context = context
        self.queue = queue
    }
}
#endif
