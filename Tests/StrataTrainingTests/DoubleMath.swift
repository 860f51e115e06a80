#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }
func cosineOf(_ x: Double) -> Double { cos(x) }
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
