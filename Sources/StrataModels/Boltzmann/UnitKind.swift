public import StrataGraph

/// What the units on one side of a Boltzmann machine are: their distribution, given the total input that each gets.
public enum UnitKind: String, Sendable, Hashable, CaseIterable {
    /// 0 or 1.
    case bernoulli
    /// Real, with variance 1.
    case gaussian
    /// Real and not negative: the sum of ever so many binary units with biases that fall by 1 from one to the next
    /// (Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010).
    case rectified

    /// The mean state; of rectified units, that without noise.
    public func mean(_ input: Tensor) -> Tensor {
        switch self {
        case .bernoulli: input.sigmoid()
        case .gaussian: input
        case .rectified: input.relu()
        }
    }

    /// A state drawn at random.
    public func sample(_ input: Tensor, _ key: RandomKey) -> Tensor {
        switch self {
        case .bernoulli: key.bernoulli(input.sigmoid())
        case .gaussian: (input + key.normal(input.shape)).stopGradient()
        case .rectified: (input + input.sigmoid().squareRoot() * key.normal(input.shape)).relu().stopGradient()
        }
    }

    /// The logarithm of what each unit contributes to the sum over states; a Gaussian unit less the ½ log 2π that does
    /// not depend on the input.
    public func logPartition(_ input: Tensor) -> Tensor {
        switch self {
        case .bernoulli: input.softplus()
        case .gaussian: input.squared() * 0.5
        case .rectified: UnitKind.softplusIntegral(input)
        }
    }

    /// `∫ softplus` from −∞ to x, which the sum of softplus(x − i + ½) over i = 1, 2, … is but for σ(x) / 24.
    ///
    /// It is −Li₂(−eˣ). Inversion brings the argument to at most 1 and Landen's identity to at most ½ in size, where
    /// sixteen terms of the series are exact in single precision (Lewin, "Polylogarithms and associated functions",
    /// 1981).
    private static func softplusIntegral(_ x: Tensor) -> Tensor {
        let small = (-x.absolute()).exponential()
        let argument = small / (small + 1)
        let series = stride(from: 16, through: 1, by: -1).reduce(Tensor.constant(0, x.shape)) { sum, power in
            (sum + 1 / Float(power * power)) * argument
        }
        let below = series + small.logarithmOnePlus().squared() * 0.5
        let above = x.squared() * 0.5 + Float(Double.pi * Double.pi / 6) - below
        return x.greater(0).select(above, below)
    }
}
