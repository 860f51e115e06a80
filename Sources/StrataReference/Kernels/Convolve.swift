import StrataBackend

extension ReferenceKernels {
    static func run(_ convolve: Convolve, _ memory: (Int) -> UnsafeMutableRawPointer) {
        let input = memory(convolve.input.slot).assumingMemoryBound(to: Float.self) + convolve.input.offset
        let filter = memory(convolve.filter.slot).assumingMemoryBound(to: Float.self) + convolve.filter.offset
        let (image, taps) = (convolve.input.shape.extents, convolve.filter.shape.extents)
        let (imageStrides, tapStrides) = (convolve.input.shape.strides, convolve.filter.shape.strides)
        let window = convolve.window
        let outputsPerGroup = max(taps[0] / window.groups, 1)

        /// Which input row (or column) a tap meets for an output row; `nil` over padding and between dilated inputs.
        func meeting(_ axis: Int, output: Int, tap: Int) -> Int? {
            let spread = output * window.stride[axis] + tap * window.filterDilation[axis] - window.paddingLow[axis]
            guard spread >= 0, spread.isMultiple(of: window.inputDilation[axis]) else { return nil }
            let position = spread / window.inputDilation[axis]
            return position < image[2 + axis] ? position : nil
        }

        var epilogue = Tape(convolve.epilogue, stores: convolve.stores, rank: 4, memory)
        withIndex(rank: 4) { index in
            forEachIndex(of: convolve.outputShape.extents, in: index) {
                let firstChannel = index[1] / outputsPerGroup * taps[1]
                var sum = 0.0
                for h in 0..<taps[2] {
                    guard let y = meeting(0, output: index[2], tap: h) else { continue }
                    for w in 0..<taps[3] {
                        guard let x = meeting(1, output: index[3], tap: w) else { continue }
                        var pixel =
                            input + index[0] * imageStrides[0] + firstChannel * imageStrides[1]
                            + y * imageStrides[2] + x
                        var tap = filter + index[1] * tapStrides[0] + h * tapStrides[2] + w
                        for _ in 0..<taps[1] {
                            sum += Double(pixel.pointee) * Double(tap.pointee)
                            pixel += imageStrides[1]
                            tap += tapStrides[1]
                        }
                    }
                }
                epilogue.run(at: index, accumulator: Float(sum))
            }
        }
    }
}
