import Foundation
import StrataBackend
import StrataData
import Testing

@testable import StrataWords

@Suite struct CorpusTests {
    private func words(_ text: String, _ splitting: WordSplitting = .lowercased) -> [[String]] {
        var lines: [[String]] = [[]]
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            TextWords(splitting: splitting).scan(bytes) {
                lines[lines.count - 1].append($0)
            } lineEnd: {
                lines.append([])
            }
        }
        return lines.filter { !$0.isEmpty }
    }

    @Test func wordsLoseCaseAndThePunctuationAroundThem() {
        #expect(
            words("\"Don't!\" (he said) --\n\n3rd\tWELL-known.\r\nx") == [
                ["don't", "he", "said"], ["3rd", "well-known"], ["x"],
            ])
        #expect(words("«Über»\u{00A0}ÉTÉ… λόγος。 \u{3000}日本") == [["über", "été", "λόγος", "日本"]])
        #expect(words("\u{FEFF}The end", .verbatim) == [["The", "end"]])
        #expect(words("\"Don't!\" «Über»\u{2003}--", .verbatim) == [["\"Don't!\"", "«Über»", "--"]])
        #expect(words(" \n\t\n") == [] && words("... !") == [])
    }

    @Test func bytesThatAreNoTextStopNothing() throws {
        let bytes: [UInt8] = [97, 32, 0xFF, 0xC3, 32, 98, 0, 32, 97]
        var found: [String] = []
        bytes.withUnsafeBufferPointer {
            TextWords(splitting: .lowercased).scan($0) {
                found.append($0)
            } lineEnd: {
            }
        }
        #expect(found == ["a", "b", "a"])
    }

    @Test func theVocabularyIsSortedAndRareWordsAreAsIfTheyWereNotThere() throws {
        let corpus = try Corpus(text: "b a rare b c\n\nonce\nc a b\n", minimumCount: 2)
        #expect(corpus.vocabulary.words == ["b", "a", "c"])
        #expect(corpus.vocabulary.counts == [3, 2, 2] && corpus.vocabulary.tokenCount == 7)
        #expect(corpus.words == [0, 1, 0, 2, 2, 1, 0])
        #expect(corpus.sentenceEnds == [4, 7])
    }

    @Test func probabilitiesAreThoseOfThePaper() throws {
        let vocabulary = try Vocabulary(["a": 16, "b": 1, "c": 81], minimumCount: 1)
        let keep = vocabulary.keepProbabilities(threshold: 0.1)
        for (probability, count) in zip(keep, [81.0, 16, 1]) {
            #expect(abs(probability - min(1, (9.8 / count).squareRoot())) < 1e-12)
        }
        #expect(vocabulary.keepProbabilities(threshold: 0) == [1, 1, 1])
        for (probability, wanted) in zip(vocabulary.noiseProbabilities(), [27.0 / 36, 8.0 / 36, 1.0 / 36]) {
            #expect(abs(probability - wanted) < 1e-12)
        }
    }

    @Test func noiseComesAsOftenAsItShould() {
        let probabilities = [0.5, 0.25, 0.125, 0.0625, 0.0625]
        let noise = NoiseDistribution(probabilities)
        // Evenly spread words make the counts exact but for the edges of the shares.
        var counts = [Int](repeating: 0, count: 5)
        for i in 0..<80_000 { counts[Int(noise.word(UInt32(UInt64(i) << 32 / 80_000)))] += 1 }
        for (count, probability) in zip(counts, probabilities) {
            #expect(abs(Double(count) - probability * 80_000) < 6)
        }
    }

    @Test func badTextsAreTold() throws {
        func complaint(_ text: String) -> String {
            do {
                _ = try Corpus(text: text, minimumCount: 2)
                return ""
            } catch { return "\(error)" }
        }
        #expect(complaint("") == "is empty")
        #expect(complaint("... --\n") == "holds no words")
        #expect(complaint("a b c") == "none of its 3 different words comes 2 times or more; at least two must")
        #expect(complaint("a a c") == "of its 2 different words only 'a' comes 2 times or more; at least two must")
        #expect(complaint("a\nb\na\nb\n").hasPrefix("no line has two words of the vocabulary"))
        #expect(complaint("a b a b") == "")
    }
}
