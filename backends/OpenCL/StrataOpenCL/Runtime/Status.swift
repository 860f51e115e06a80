#if OpenCL
import COpenCL
import StrataBackend

/// Turns a status of OpenCL into an error that says which call failed, on what, and what to try.
func check(_ status: cl_int, _ call: String, _ subject: @autoclosure () -> String = "") throws {
    guard status != CL_SUCCESS else { return }
    let (name, hint) = meanings[status] ?? ("status \(status)", "")
    let subject = subject()
    throw StrataError(
        .device,
        "opencl: \(call)\(subject.isEmpty ? "" : " of \(subject)") failed: \(name)\(hint.isEmpty ? "" : "; \(hint)")")
}

private let meanings: [cl_int: (name: String, hint: String)] = [
    CL_DEVICE_NOT_FOUND: ("device not found", "see `clinfo -l`"),
    CL_DEVICE_NOT_AVAILABLE: ("device not available", "another process may hold it"),
    CL_COMPILER_NOT_AVAILABLE: ("compiler not available", "install the full driver, not only its runtime"),
    CL_MEM_OBJECT_ALLOCATION_FAILURE: ("out of device memory", "use a smaller batch or model"),
    CL_OUT_OF_RESOURCES: ("out of resources", "use a smaller batch or model"),
    CL_OUT_OF_HOST_MEMORY: ("out of host memory", "use a smaller batch or model"),
    CL_BUILD_PROGRAM_FAILURE: ("build failure", ""),
    CL_INVALID_BUFFER_SIZE: ("larger than the device allows", "use a smaller batch or model"),
    CL_INVALID_BINARY: ("invalid binary", ""),
    CL_INVALID_WORK_GROUP_SIZE: ("work group too large for this device", "choose another with --device"),
    -1001: ("no platform", "install an ICD such as pocl-opencl-icd"),
]
#endif
