extension Program: CustomStringConvertible {
    /// A table of kernels with what each has to do, then the slots: what `strata graph --program` prints.
    public var description: String {
        var rows = [["#", "kernel", "extents", "MFLOP", "KiB", "computes"]]
        for (number, kernel) in kernels.enumerated() {
            let cost = kernel.cost
            rows.append([
                "\(number)", kernel.className, kernel.extents.map(String.init).joined(separator: "×"),
                decimal(Double(cost.flops) * 1e-6), decimal(Double(cost.bytes) / 1024),
                number < labels.count ? labels[number] : "",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingSuffix(" ")
        }
        let cost = cost
        return
            (lines + [
                "\(kernels.count) kernels, \(decimal(Double(cost.flops) * 1e-6)) MFLOP, \(decimal(Double(cost.bytes) / 1024)) KiB"
                    + " moved, arena \(decimal(Double(slots.first?.byteCount ?? 0) / 1024)) KiB"
            ]).joined(separator: "\n")
    }

    /// The sum over all kernels.
    public var cost: KernelCost {
        kernels.reduce(KernelCost(flops: 0, bytes: 0)) { sum, kernel in
            let cost = kernel.cost
            return KernelCost(
                flops: sum.flops.saturatingAdding(cost.flops), bytes: sum.bytes.saturatingAdding(cost.bytes))
        }
    }
}

private func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return value >= 100 ? "\(Int(value.rounded()))" : "\(tenths / 10).\(tenths % 10)"
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        self[..<(lastIndex { $0 != character }.map(index(after:)) ?? startIndex)]
    }
}
