import Foundation
import StrataBackend
import StrataGraph

extension Operator {
    static let signals: [Operator] = [
        window("HannWindow", [0.5, 0.5]),
        window("HammingWindow", [25.0 / 46, 21.0 / 46]),
        window("BlackmanWindow", [0.42, 0.5, 0.08]),
        Operator("DFT") { call in
            let operand = try call.operand(0)
            // The axis was an attribute before version 20.
            let axis = try call.axis(
                call.opset < 20 ? call.int("axis", 1) : call.has(2) ? call.knownInteger(2) : -2, rank: operand.rank)
            guard axis < operand.rank - 1 else { throw call.fail("the last axis is that of complex numbers") }
            let (isInverse, isOneSided) = (try call.flag("inverse"), try call.flag("onesided"))
            let standard = isInverse && isOneSided ? 2 * (operand.shape[axis] - 1) : operand.shape[axis]
            let length = call.has(1) ? try call.knownInteger(1) : standard
            let x = try operand.number()
            return [
                Value(
                    try call.spectrum(x, axis: axis, length, isInverse: isInverse, isOneSided: isOneSided), operand.type
                )
            ]
        },
        Operator("STFT") { call in
            let operand = try call.operand(0)
            let signal = try operand.number()
            let step = try call.knownInteger(1)
            let window = try call.optionalNumber(2)
            let length = try call.has(3) ? call.knownInteger(3) : window?.shape.elementCount ?? 0
            guard signal.rank == 3, step > 0, length > 0, length <= signal.shape[1],
                window == nil || window?.shape == [length]
            else { throw call.fail("frames of \(length) by \(step) of \(signal.shape)", .shape) }
            // [batch, parts, length, frames], the frames before their elements.
            var frames = signal.transpose([0, 2, 1]).windows([length], strides: [step]).transpose([0, 3, 2, 1])
            if let window { frames = frames * window.reshape([length, 1]) }
            let isOneSided = try call.int("onesided", 1) != 0
            return [
                Value(
                    try call.spectrum(frames, axis: 2, length, isInverse: false, isOneSided: isOneSided), operand.type)
            ]
        },
        Operator("MelWeightMatrix") { call in
            let (bands, length, rate) = (
                try call.knownInteger(0), try call.knownInteger(1), try call.knownFloats(2).first ?? 0
            )
            let (low, high) = (try call.knownFloats(3).first ?? 0, try call.knownFloats(4).first ?? 0)
            guard (1...4096).contains(bands), (1...1 << 20).contains(length), rate > 0 else {
                throw call.fail("\(bands) bands")
            }
            let spectrum = length / 2 + 1
            func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
            let step = (mel(Double(high)) - mel(Double(low))) / Double(bands + 2)
            let bins = (0..<bands + 2).map { band -> Int in
                let frequency = 700 * (pow(10, (Double(band) * step + mel(Double(low))) / 2595) - 1)
                return Int((Double(length + 1) * frequency / Double(rate)).rounded(.down))
            }
            var values = [Float](repeating: 0, count: spectrum * bands)
            for band in 0..<bands {
                let (start, center, end) = (bins[band], bins[band + 1], bins[band + 2])
                guard end <= spectrum, start >= 0 else { throw call.fail("frequencies beyond half the rate") }
                if center == start { values[center * bands + band] = 1 }
                for bin in start..<max(center + 1, start) where center > start {
                    values[bin * bands + band] = Float(bin - start) / Float(center - start)
                }
                for bin in center..<max(end, center) where end > center {
                    values[bin * bands + band] = Float(end - bin) / Float(end - center)
                }
            }
            return [Value(ONNXTensor(values, [spectrum, bands]))]
        },
    ]

    /// A sum of cosines, which begins and ends low.
    private static func window(_ name: String, _ parts: [Double]) -> Operator {
        Operator(name) { call in
            let size = try call.knownInteger(0)
            guard (0...1 << 24).contains(size) else { throw call.fail("size \(size)") }
            let isPeriodic = try call.int("periodic", 1) != 0
            let turn = 2 * Double.pi / Double(max(isPeriodic ? size : size - 1, 1))
            let values = (0..<size).map { place in
                Float(
                    parts.enumerated().reduce(0) { sum, part in
                        sum + (part.offset % 2 == 0 ? 1 : -1) * part.element
                            * cos(Double(part.offset) * turn * Double(place))
                    })
            }
            return [Value(ONNXTensor(.float32, [size], .floats(values)))]
        }
    }
}

extension Call {
    /// The discrete Fourier transform along an axis, as a product with cosines and sines; the last axis holds real and
    /// imaginary parts.
    fileprivate func spectrum(
        _ x: Tensor, axis: Int, _ length: Int, isInverse: Bool, isOneSided: Bool
    ) throws -> Tensor {
        let (extent, last) = (x.shape[axis], x.rank - 1)
        let parts = x.shape[last]
        guard length > 0, length <= 1 << 13, parts == 1 || parts == 2 else {
            throw fail("a transform of \(length) numbers of \(x.shape)", .unsupported)
        }
        // The half that is left out of a real signal's spectrum is the conjugate of the other.
        let isReal = isInverse && isOneSided
        let used = min(extent, isReal ? length / 2 + 1 : length)
        let rows = isOneSided && !isInverse ? length / 2 + 1 : length
        var (cosines, sines) = ([Float](), [Float]())
        for row in 0..<rows {
            for column in 0..<used {
                let angle = 2 * Double.pi * Double(row * column % length) / Double(length)
                var factor = isInverse ? 1 / Double(length) : 1
                if isReal, column > 0, 2 * column != length { factor *= 2 }
                cosines.append(Float(cos(angle) * factor))
                sines.append(Float(sin(angle) * (isInverse ? factor : -factor)))
            }
        }
        func part(_ number: Int) -> Tensor {
            x.slice(number..<number + 1, axis: last).squeezed(last).slice(0..<used, axis: axis)
        }
        func product(_ x: Tensor, _ matrix: [Float]) -> Tensor {
            var order = Array(0..<last - 1)
            order.insert(last - 1, at: axis)
            return x.dot(.literal(matrix, [rows, used]), DotAxes(leftContract: [axis], rightContract: [1]))
                .transpose(order)
        }
        var real = product(part(0), cosines)
        var imaginary = product(part(0), sines)
        if parts == 2 {
            real = real - product(part(1), sines)
            imaginary = imaginary + product(part(1), cosines)
        }
        return isReal ? real.unsqueezed(last) : Tensor.stack([real, imaginary], axis: last)
    }
}
