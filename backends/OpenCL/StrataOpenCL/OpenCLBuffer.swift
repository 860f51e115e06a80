#if OpenCL
import COpenCL
import StrataBackend
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Memory of an OpenCL device.
final class OpenCLBuffer: Buffer {
    let byteCount: Int
    let context: OpenCLContext
    nonisolated(unsafe) let memory: cl_mem

    /// Vectors at the edge of an array are loaded whole, so up to 15 floats past it must be there to be read.
    private static let slack = 64

    /// From this size on, copying the source aside costs more than waiting for the queue saves.
    private static let stagingLimit = 1 << 22

    init(_ context: OpenCLContext, byteCount: Int) throws {
        guard (0...max(context.device.largestAllocation - 2 * Self.slack, 0)).contains(byteCount) else {
            throw StrataError(
                .device,
                "opencl: a buffer of \(byteCount) bytes is more than \(context.device.name) allows "
                    + "(\(context.device.largestAllocation)); use a smaller batch or model")
        }
        let size = (byteCount + 63) / 64 * 64 + Self.slack
        var status: cl_int = 0
        guard
            let memory = clCreateBuffer(context.context, cl_mem_flags(CL_MEM_READ_WRITE), size, nil, &status)
        else {
            try check(status, "clCreateBuffer", "\(size) bytes")
            throw StrataError(.device, "opencl: no buffer of \(size) bytes")
        }
        self.byteCount = byteCount
        self.context = context
        self.memory = memory
        var zero: UInt32 = 0
        try check(
            clEnqueueFillBuffer(context.queue, memory, &zero, 4, 0, size, 0, nil, nil), "clEnqueueFillBuffer",
            "\(size) bytes")
    }

    deinit { clReleaseMemObject(memory) }

    func write(_ bytes: UnsafeRawBufferPointer, at byteOffset: Int) throws {
        guard let source = try range(bytes.baseAddress, bytes.count, byteOffset) else { return }
        guard bytes.count < Self.stagingLimit, let copy = malloc(bytes.count) else {
            try check(
                clEnqueueWriteBuffer(
                    context.queue, memory, cl_bool(CL_TRUE), byteOffset, bytes.count, source, 0, nil, nil),
                "clEnqueueWriteBuffer", "\(bytes.count) bytes")
            return
        }
        // The caller may reuse the source at once, and the queue must not drain for it: so copy, and free when done.
        memcpy(copy, source, bytes.count)
        var event: cl_event?
        let status = clEnqueueWriteBuffer(
            context.queue, memory, cl_bool(CL_FALSE), byteOffset, bytes.count, copy, 0, nil, &event)
        guard status == CL_SUCCESS else {
            free(copy)
            return try check(status, "clEnqueueWriteBuffer", "\(bytes.count) bytes")
        }
        let armed = clSetEventCallback(event, cl_int(CL_COMPLETE), { _, _, copy in free(copy) }, copy)
        if armed != CL_SUCCESS {
            clWaitForEvents(1, &event)
            free(copy)
        }
        clReleaseEvent(event)
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
        guard let target = try range(bytes.baseAddress, bytes.count, byteOffset) else { return }
        try check(
            clEnqueueReadBuffer(context.queue, memory, cl_bool(CL_TRUE), byteOffset, bytes.count, target, 0, nil, nil),
            "clEnqueueReadBuffer", "\(bytes.count) bytes")
    }

    /// The address, `nil` where there is nothing to copy. Throws where the range is not the buffer's.
    private func range<Pointer>(_ address: Pointer?, _ count: Int, _ offset: Int) throws -> Pointer? {
        guard offset >= 0, count <= byteCount - offset else {
            throw StrataError(
                .device, "opencl: \(count) bytes at \(offset) are outside a buffer of \(byteCount) bytes")
        }
        return count == 0 ? nil : address
    }
}
#endif
