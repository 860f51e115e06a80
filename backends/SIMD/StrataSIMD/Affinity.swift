import StrataKernelInterface

/// How the products of a program share their factors out between the threads, as far as they are planned.
///
/// Each thread reads its own part of one factor of a product: a forward product the rows of a weight, say. If another
/// thread updates that part then, its lines travel from one core's caches to the other's and back in each step, which
/// on cores of two chiplets can double the time of the update. So who reads a part most often shall write it too.
struct Affinity {
    /// For each factor, by its address, how often it was cut along the dimension with a stride of so many bytes.
    private var cuts: [Int: [Int: Int]] = [:]

    mutating func add(_ factor: Factor) {
        cuts[Int(bitPattern: factor.base), default: [:]][factor.kept * 4, default: 0] += 1
    }

    /// The dimension of the accesses along which they should be cut: `nil` where none was cut before, or two equally often.
    func dimension(of forms: [Form]) -> Int? {
        for form in forms {
            guard let counts = cuts[form.base], let most = counts.max(by: { $0.value < $1.value }),
                counts.allSatisfy({ $0.key == most.key || $0.value < most.value })
            else { continue }
            if let dimension = form.strides.firstIndex(of: most.key) { return dimension }
        }
        return nil
    }
}
