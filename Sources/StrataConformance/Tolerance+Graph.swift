enum Tolerance {
    static let finiteDifference: Float = 5e-3
    static let graph = GraphTolerance()
}
struct GraphTolerance {
    func firstDifference(_ a: [Float], _ b: [Float]) -> String? {
        guard a.count == b.count else { return "\(a.count) elements, expected \(b.count)" }
        for i in a.indices where !(abs(a[i] - b[i]) <= 1e-5 + 1e-5 * abs(b[i]) || a[i] == b[i] || a[i].isNaN && b[i].isNaN) {
            return "[\(i)] is \(a[i]), expected \(b[i])"
        }
        return nil
    }
}
