#if OpenCL
import StrataBackend
import StrataReference

@testable import StrataOpenCL

/// The device under test: the first there is, or none.
let device = Device.all().first

/// The device with the kernels of its kind, or with those meant for another.
enum Kind: String, CaseIterable, Sendable, CustomStringConvertible {
    case native, graphics, narrow

    var description: String { rawValue }

    func backend(cache: BinaryCache? = nil) throws -> OpenCLBackend {
        let device = try Device.find(nil)
        let tuning: Tuning =
            switch self {
            case .native: .suited(to: device)
            case .graphics: .graphics
            case .narrow: .processor(vector: 4)
            }
        return try OpenCLBackend(device: device, tuning: tuning, cache: cache)
    }
}
#endif
