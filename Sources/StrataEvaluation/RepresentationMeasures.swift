public import StrataBackend
public import StrataData

/// What can be told of a representation from its codes alone, and from their classes where they have some.
public enum RepresentationMeasures {
    /// All measures by name. `active_units` and `dead_units` are numbers of units; sparseness and selectivity go from 0
    /// to 1. `class_selectivity` is there where labels are.
    ///
    /// Throws `data` for fewer than 2 examples or classes, `shape` for labels that do not fit. Time grows with the
    /// square of the examples.
    public static func all(
        codes: Codes, labels: Labels? = nil, backend: any Backend
    ) throws -> [(name: String, value: Double)] {
        let (hoyer, trevesRolls) = (try Sparseness.hoyer(codes), try Sparseness.trevesRolls(codes))
        let activity = try UnitActivity(codes)
        let distances = try NeighbourDistances(codes, backend: backend)
        let selectivity = try labels.map { try ClassSelectivity(LabelledCodes(codes, $0)).mean }
        return [
            ("hoyer_population_sparseness", hoyer.population),
            ("hoyer_lifetime_sparseness", hoyer.lifetime),
            ("treves_rolls_population_sparseness", trevesRolls.population),
            ("treves_rolls_lifetime_sparseness", trevesRolls.lifetime),
            ("active_units", Double(activity.active)),
            ("dead_units", Double(activity.dead)),
            ("participation_ratio", try Dimensionality.participationRatio(codes, backend: backend)),
            ("intrinsic_dimension_twonn", Dimensionality.twoNearestNeighbours(distances)),
            ("intrinsic_dimension_mle", Dimensionality.maximumLikelihood(distances)),
        ] + (selectivity.map { [("class_selectivity", $0)] } ?? [])
    }
}
