import StrataBackend

extension KernelCase {
    /// What is wrong with the slots' bytes after a run, or `nil`.
    func firstDifference(before: [[UInt8]], expected: [[UInt8]], actual: [[UInt8]]) -> String? {
        for slot in program.slots.indices.dropFirst() {
            let regions = outputs.map(\.region).filter { $0.slot == slot }
            if let byte = changedByte(before[slot], actual[slot], outside: regions) {
                return "byte \(byte) of slot '\(program.slots[slot].name)' was written, outside of every output"
            }
        }
        for output in outputs {
            let slot = output.region.slot
            if let difference = difference(output, expected: expected[slot], actual: actual[slot]) {
                return "slot '\(program.slots[slot].name)': \(difference)"
            }
        }
        return nil
    }

    private func changedByte(_ before: [UInt8], _ after: [UInt8], outside regions: [Region]) -> Int? {
        guard before != after else { return nil }
        return before.indices.first { byte in
            before[byte] != after[byte] && !regions.contains { $0.bytes.contains(byte) }
        }
    }

    private func difference(_ output: Output, expected: [UInt8], actual: [UInt8]) -> String? {
        let region = output.region
        switch output.check {
        case .near(let tolerance):
            // A byte comparison settles most cases without looking at elements.
            if expected[region.bytes] == actual[region.bytes] { return nil }
            let gap = [UInt8](repeating: Sentinel.byte, count: region.dtype.byteCount)
            var wrong: [(element: Int, got: Double, want: Double)] = []
            for element in 0..<region.count {
                let at = region.bytes.lowerBound + element * region.dtype.byteCount
                let bytes = at..<at + region.dtype.byteCount
                if expected[bytes] == actual[bytes] { continue }
                if expected[bytes].elementsEqual(gap) {
                    return "element \(element) was written, which no store names"
                }
                if region.dtype == .float32, tolerance.admits(actual.float(at), expected: expected.float(at)) {
                    continue
                }
                wrong.append((element, region.dtype.number(actual, at), region.dtype.number(expected, at)))
            }
            guard let first = wrong.first else { return nil }
            return "element \(first.element) of \(region.count) is \(first.got), not \(first.want) "
                + "(tolerance '\(tolerance.name)': \(tolerance.absolute) + \(tolerance.relative)·|x|); "
                + "\(wrong.count) differ"
        case .known(let numbers):
            for element in 0..<region.count {
                let got = region.dtype.number(actual, region.bytes.lowerBound + element * region.dtype.byteCount)
                if got != Double(numbers[element]) {
                    return "element \(element) is \(got), not the known answer \(numbers[element])"
                }
            }
            return nil
        case .satisfies(let complaint):
            return complaint((0..<region.count).map { actual.float(region.bytes.lowerBound + 4 * $0) })
        }
    }
}

extension [UInt8] {
    fileprivate func float(_ byte: Int) -> Float {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: byte, as: Float.self) }
    }
}

extension DType {
    /// The element at a byte, exactly.
    fileprivate func number(_ bytes: [UInt8], _ byte: Int) -> Double {
        bytes.withUnsafeBytes {
            switch self {
            case .float32: Double($0.loadUnaligned(fromByteOffset: byte, as: Float.self))
            case .int32: Double($0.loadUnaligned(fromByteOffset: byte, as: Int32.self))
            case .uint8: Double($0[byte])
            }
        }
    }
}
