import StrataBackend
import StrataGraph
import StrataNN

/// Chains of a binary machine at several inverse temperatures, of which neighbours change places: the hot ones mix, and
/// hand what they find down to the cold one (Swendsen and Wang 1986; Desjardins et al. 2010).
struct ParallelTempering {
    let machine: RestrictedBoltzmannMachine
    let chains: Int
    let temperatures: Int
    /// The visible units [temperatures · chains, features], the model's own temperature first.
    let states: StateVariable

    init(_ machine: RestrictedBoltzmannMachine, chains: Int, temperatures: Int) {
        self.machine = machine
        self.chains = chains
        self.temperatures = temperatures
        states = StateVariable(
            "\(machine.name).tempered_chain", [temperatures.saturatingMultiplied(by: chains), machine.features],
            initializer: .uniform(low: 0, high: 1))
    }

    private var rows: Int { temperatures.saturatingMultiplied(by: chains) }

    /// β of each row, from 1 down to 0: [rows, 1].
    private var inverseTemperatures: Tensor { 1 - level * (1 / Float(temperatures - 1)) }
    /// 0 for the model's own temperature: [rows, 1].
    private var level: Tensor { (Tensor.iota([rows, 1], axis: 0) * (1 / Float(chains)) + 1e-4).floor() }

    /// Gibbs sweeps, after each of which even or odd neighbours may change places: the states at the model's own
    /// temperature [chains, features], and what becomes of all.
    func sweeps(_ count: Int, _ key: RandomKey) -> (samples: Tensor, updates: Updates) {
        var v = states.tensor
        for sweep in 0..<max(count, 1) {
            let key = key.named("tempering").numbered(sweep)
            let h = key.named("hidden").bernoulli((machine.hiddenInput(v) * inverseTemperatures).sigmoid())
            v = key.named("visible").bernoulli((machine.visibleInput(h) * inverseTemperatures).sigmoid())
            v = swapped(v, key)
        }
        return (v.slice(from: 0, count: chains, axis: 0), [(states, v)])
    }

    /// Lets each chain change places with the one at a neighbouring temperature, with Metropolis' probability
    /// `min(1, p_β(v') p_β'(v) / (p_β(v) p_β'(v')))`, the hidden units summed out.
    private func swapped(_ v: Tensor, _ key: RandomKey) -> Tensor {
        // A coin says whether levels 0-1, 2-3, … or 1-2, 3-4, … are neighbours.
        let coin = key.named("coin").bernoulli(.constant(0.5)).broadcast(to: [rows, 1], axes: [])
        let place = level + coin
        let isLower = (place - (place * 0.5).floor() * 2).equal(.constant(0, [rows, 1]))
        let wanted = level + isLower * 2 - 1
        let isAlone = wanted.less(0) + wanted.greater(Float(temperatures) - 0.5)
        let partner = isAlone.greater(0).select(level, wanted)
        let column = Tensor.iota([rows, 1], axis: 0) - level * Float(chains)
        let partnerRow = (partner * Float(chains) + column).reshape([rows]).cast(to: .int32)
        let lowerRow = (level.minimum(partner) * Float(chains) + column).reshape([rows]).cast(to: .int32)

        // log p_β(v) of this row's state at its own temperature and at its partner's, and the partner's likewise.
        let beta = inverseTemperatures
        let other = beta.gather(partnerRow)
        let gain = logProbability(v, other) - logProbability(v, beta)
        let both = gain + gain.reshape([rows, 1]).gather(partnerRow).reshape([rows])
        let draw = key.named("swap").uniform([rows, 1]).gather(lowerRow).reshape([rows]).maximum(1e-30).logarithm()
        let isSwapped = draw.less(both).reshape([rows, 1])
        return isSwapped.broadcast(to: v.shape, axes: [0, 1]).select(v.gather(partnerRow), v)
    }

    /// Not normalized: [rows].
    private func logProbability(_ v: Tensor, _ beta: Tensor) -> Tensor {
        (v * machine.visibleBias.tensor).sum([1]) * beta.reshape([rows])
            + (machine.hiddenInput(v) * beta).softplus().sum([1])
    }
}
