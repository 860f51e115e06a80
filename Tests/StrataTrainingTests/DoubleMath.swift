#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }
func cosineOf(_ x: Double) -> Double { cos(x) }
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

/// The x below which a standard normal number lies with some probability, by bisection.
func normalQuantile(_ probability: Double) -> Double {
    var (low, high) = (-9.0, 9.0)
    for _ in 0..<60 {
        let middle = (low + high) / 2
        if erfc(-middle / 2.0.squareRoot()) / 2 < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
}
