/// Numbers as short text, without Foundation.
enum Decimal {
    /// Rounded to `digits` after the point; very large and very small numbers in Swift's own form.
    static func text(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15, digits <= 9 else { return "\(value)" }
        let power = (0..<digits).reduce(1) { power, _ in power * 10 }
        let scaled = (abs(value) * Double(power)).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let (whole, part) = Int(scaled).quotientAndRemainder(dividingBy: power)
        let fraction = String(part)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
