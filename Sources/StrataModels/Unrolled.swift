/// The number of steps, neighbours or parts over which a graph is unrolled: from 1 to 1,000, the nearest where another was
/// asked for. (The zoo's settings have these bounds too, and refuse others.)
func unrolled(_ count: Int, atMost limit: Int = 1000) -> Int { min(max(count, 1), limit) }
