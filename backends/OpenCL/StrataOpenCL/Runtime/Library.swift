#if OpenCL
import COpenCL
import StrataBackend

/// A compiled program, from the cache if it was compiled before.
final class Library: Sendable {
    private nonisolated(unsafe) let program: cl_program

    init(_ source: String, context: OpenCLContext) throws {
        let device = context.device
        let options =
            ["-cl-std=CL1.2"] + context.tuning.options
            + (device.hasExactDivision ? ["-cl-fp32-correctly-rounded-divide-sqrt"] : [])
        let flags = options.joined(separator: " ")
        let key = BinaryCache.Key([source, flags, device.platformName, device.name, device.version])

        if let binary = context.cache?.load(key), let program = Self.program(binary, flags, context) {
            self.program = program
            return
        }
        var status: cl_int = 0
        let created = source.withCString { text in
            var text: UnsafePointer<CChar>? = text
            return clCreateProgramWithSource(context.context, 1, &text, nil, &status)
        }
        guard let program = created else {
            try check(status, "clCreateProgramWithSource")
            throw StrataError(.device, "opencl: no program")
        }
        var id: cl_device_id? = device.id
        let built = clBuildProgram(program, 1, &id, flags, nil, nil)
        guard built == CL_SUCCESS else {
            let log = Self.log(program, device)
            clReleaseProgram(program)
            throw StrataError(
                .device, "opencl: \(device.name) does not compile the kernels (status \(built)): \(log)")
        }
        self.program = program
        if let cache = context.cache, let binary = Self.binary(of: program) { cache.save(binary, key) }
    }

    deinit { clReleaseProgram(program) }

    /// A kernel object of its own, with arguments of its own. The caller releases it.
    func kernel(named name: String) throws -> cl_kernel {
        var status: cl_int = 0
        guard let kernel = clCreateKernel(program, name, &status) else {
            try check(status, "clCreateKernel", name)
            throw StrataError(.device, "opencl: no kernel \(name)")
        }
        return kernel
    }

    /// The program that a binary is, `nil` where the driver will not have it.
    private static func program(_ binary: [UInt8], _ flags: String, _ context: OpenCLContext) -> cl_program? {
        var id: cl_device_id? = context.device.id
        var size = binary.count
        var status: cl_int = 0
        var loaded: cl_int = 0
        let program = binary.withUnsafeBufferPointer { bytes in
            var base = bytes.baseAddress
            return clCreateProgramWithBinary(context.context, 1, &id, &size, &base, &loaded, &status)
        }
        guard let program else { return nil }
        guard status == CL_SUCCESS, loaded == CL_SUCCESS,
            clBuildProgram(program, 1, &id, flags, nil, nil) == CL_SUCCESS
        else {
            clReleaseProgram(program)
            return nil
        }
        return program
    }

    private static func binary(of program: cl_program) -> [UInt8]? {
        var size = 0
        guard
            clGetProgramInfo(program, cl_program_info(CL_PROGRAM_BINARY_SIZES), MemoryLayout<Int>.size, &size, nil)
                == CL_SUCCESS, size > 0
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        let status = bytes.withUnsafeMutableBufferPointer { buffer in
            var base = buffer.baseAddress
            return clGetProgramInfo(
                program, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutablePointer<UInt8>?>.size, &base,
                nil)
        }
        return status == CL_SUCCESS ? bytes : nil
    }

    /// What the compiler says, in one line.
    private static func log(_ program: cl_program, _ device: Device) -> String {
        var size = 0
        let key = cl_program_build_info(CL_PROGRAM_BUILD_LOG)
        clGetProgramBuildInfo(program, device.id, key, 0, nil, &size)
        var bytes = [UInt8](repeating: 0, count: size)
        clGetProgramBuildInfo(program, device.id, key, size, &bytes, nil)
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        return text.split(separator: "\n").prefix(8).joined(separator: " | ")
    }
}
#endif
