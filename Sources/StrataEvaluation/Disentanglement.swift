public import StrataData

/// How far the numbers of a code stand for the true causes of the examples, one each.
public enum Disentanglement {
    /// All scores by name, from 0 to 1: the mutual information gap, separated attribute predictability, the three of
    /// DCI and the FactorVAE score. All are 0 for codes that never vary.
    ///
    /// Throws as `FactoredCodes` and `FactorVAEScore` do. The same seed gives the same scores.
    public static func scores(
        codes: Codes, factors: Factors, seed: UInt32 = 0
    ) throws -> [(name: String, value: Double)] {
        let codes = try FactoredCodes(codes, factors)
        let importance = FactorImportance(codes, seed: seed)
        return [
            ("mig", MutualInformationGap.score(codes)),
            ("sap", SeparatedAttributePredictability.score(codes)),
            ("dci_disentanglement", importance.disentanglement),
            ("dci_completeness", importance.completeness),
            ("dci_informativeness", importance.informativeness),
            ("factor_vae_score", try FactorVAEScore.score(codes, seed: seed)),
        ]
    }
}
