#if OpenCL
import COpenCL
import StrataBackend

/// A device that some platform offers.
struct Device: Sendable {
    nonisolated(unsafe) let id: cl_device_id
    let platformName: String
    let name: String
    /// The driver's version, with that of OpenCL: another one may not take a program it did not compile.
    let version: String
    let isProcessor: Bool
    let computeUnits: Int
    /// Floats in a vector register.
    let vectorWidth: Int
    let largestAllocation: Int
    let largestGroup: Int
    /// Bytes that the work items of a group may share.
    let localMemory: Int
    let hasExactDivision: Bool
    /// PoCL keeps compiled kernels itself (in `$POCL_CACHE_DIR` or ~/.cache/pocl).
    var keepsKernels: Bool { platformName == "Portable Computing Language" }
    /// Where it stands among its kind: what `--device` takes.
    let platformIndex: Int, deviceIndex: Int

    /// All devices of all platforms, in the loader's order.
    static func all() -> [Device] {
        var platformCount: cl_uint = 0
        guard clGetPlatformIDs(0, nil, &platformCount) == CL_SUCCESS else { return [] }
        var platforms = [cl_platform_id?](repeating: nil, count: Int(platformCount))
        guard clGetPlatformIDs(platformCount, &platforms, nil) == CL_SUCCESS else { return [] }
        return platforms.compactMap { $0 }.enumerated().flatMap { index, platform -> [Device] in
            var count: cl_uint = 0
            let kind = cl_device_type(CL_DEVICE_TYPE_ALL)
            guard clGetDeviceIDs(platform, kind, 0, nil, &count) == CL_SUCCESS else { return [] }
            var devices = [cl_device_id?](repeating: nil, count: Int(count))
            guard clGetDeviceIDs(platform, kind, count, &devices, nil) == CL_SUCCESS else { return [] }
            let name = string { clGetPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2) }
            return devices.compactMap { $0 }.enumerated().map { position, device in
                Device(device, platformName: name, platformIndex: index, deviceIndex: position)
            }
        }
    }

    /// The device that a user means: nothing for the first, `platform` or `platform:device`, each a number or a part
    /// of a name. Throws `usage`, listing what there is.
    static func find(_ wanted: String?) throws -> Device {
        let devices = all()
        guard !devices.isEmpty else { throw StrataError(.backendUnavailable, "opencl: \(nonePresent)") }
        guard let wanted else { return devices[0] }
        let parts = wanted.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        func matches(_ part: String, _ index: Int, _ name: String) -> Bool {
            Int(part).map { $0 == index } ?? (part.isEmpty || name.lowercased().contains(part.lowercased()))
        }
        let found = devices.first { device in
            matches(parts[0], device.platformIndex, device.platformName)
                && (parts.count < 2 || matches(parts[1], device.deviceIndex, device.name))
        }
        guard let found else {
            let list = devices.map { "\($0.platformIndex):\($0.deviceIndex) \($0.platformName): \($0.name)" }
            throw StrataError(
                .usage,
                "no OpenCL device '\(wanted)'; name a platform, or platform:device, of \(list.joined(separator: ", "))")
        }
        return found
    }

    static let nonePresent = "no OpenCL platform; install an ICD such as pocl-opencl-icd"

    var description: String {
        "\(platformName): \(name), \(computeUnits) compute unit\(computeUnits == 1 ? "" : "s")"
    }

    /// The same device confined to some of its compute units, if it is one that can be (a processor). Asked again, it
    /// gives the same part.
    func confined(to threads: Int?) -> Device {
        guard let threads, isProcessor, threads < computeUnits else { return self }
        return Device.parts.withLock { parts in
            let part = Part(platform: platformIndex, device: deviceIndex, units: threads)
            if let known = parts[part] { return known }
            let properties: [cl_device_partition_property] = [
                cl_device_partition_property(CL_DEVICE_PARTITION_BY_COUNTS), threads,
                cl_device_partition_property(CL_DEVICE_PARTITION_BY_COUNTS_LIST_END), 0,
            ]
            var id: cl_device_id?
            guard clCreateSubDevices(self.id, properties, 1, &id, nil) == CL_SUCCESS, let id else { return self }
            let made = Device(id, platformName: platformName, platformIndex: platformIndex, deviceIndex: deviceIndex)
            parts[part] = made
            return made
        }
    }

    private struct Part: Hashable {
        var platform: Int, device: Int, units: Int
    }

    private static let parts = Locked<[Part: Device]>([:])

    private init(_ id: cl_device_id, platformName: String, platformIndex: Int, deviceIndex: Int) {
        func number<T: FixedWidthInteger>(_ key: Int32, _ type: T.Type) -> Int {
            var value: T = 0
            guard clGetDeviceInfo(id, cl_device_info(key), MemoryLayout<T>.size, &value, nil) == CL_SUCCESS else {
                return 0
            }
            return Int(clamping: value)
        }
        func text(_ key: Int32) -> String { string { clGetDeviceInfo(id, cl_device_info(key), $0, $1, $2) } }
        self.id = id
        self.platformName = platformName
        self.platformIndex = platformIndex
        self.deviceIndex = deviceIndex
        name = text(CL_DEVICE_NAME)
        version = "\(text(CL_DEVICE_VERSION)), driver \(text(CL_DRIVER_VERSION))"
        isProcessor = number(CL_DEVICE_TYPE, cl_device_type.self) & Int(CL_DEVICE_TYPE_CPU) != 0
        vectorWidth = number(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint.self)
        computeUnits = number(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self)
        largestAllocation = number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self)
        largestGroup = number(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
        localMemory = number(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self)
        hasExactDivision =
            number(CL_DEVICE_SINGLE_FP_CONFIG, cl_device_fp_config.self)
            & Int(CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0
    }
}

/// A string that OpenCL hands out in two calls: its size, then its bytes.
private func string(_ query: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int) -> String {
    var size = 0
    guard query(0, nil, &size) == CL_SUCCESS, size > 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: size)
    guard query(size, &bytes, nil) == CL_SUCCESS else { return "" }
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return String(text.drop { $0 == " " })
}
#endif
