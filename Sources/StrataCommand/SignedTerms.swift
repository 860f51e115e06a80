import StrataBackend

/// What is added and what subtracted in words such as king - man + woman. Throws `usage` where signs and words do not
/// take turns; no words are no terms.
func signedTerms(_ expression: [String]) throws -> [(word: String, sign: Float)] {
    var terms: [(word: String, sign: Float)] = []
    var sign: Float? = 1
    for part in expression {
        switch (part, sign) {
        case ("+", nil): sign = 1
        case ("-", nil), ("−", nil): sign = -1
        case (_, let known?) where !["+", "-", "−"].contains(part):
            terms.append((part, known))
            sign = nil
        default:
            throw StrataError(
                .usage, "'\(expression.joined(separator: " "))': expected words with + or - between them")
        }
    }
    guard sign == nil || expression.isEmpty else {
        throw StrataError(.usage, "'\(expression.joined(separator: " "))': a word is missing at the end")
    }
    return terms
}
