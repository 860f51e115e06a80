import StrataBackend

/// What a step learns from.
struct SkipGramBatch {
    var centres: [Int32]
    var columns: [Int32]
    var weights: [Float]
    /// Of a word and one near it.
    var pairs = 0

    init(_ model: SkipGram) {
        let layout = model.layout
        centres = Array(repeating: 0, count: layout.blocks * layout.centres)
        columns = Array(repeating: 0, count: layout.blocks * model.columns)
        weights = Array(repeating: 0, count: layout.blocks * layout.centres * model.columns)
    }
}

/// One pass through a corpus: subsamples frequent words, draws the windows' widths and the noise, and cuts blocks.
///
/// Every draw is a function of (seed, epoch) and the number of the word in the corpus, or of the draw.
struct SkipGramWalk {
    private let corpus: Corpus
    private let model: SkipGram
    private let noise: NoiseDistribution
    /// By word: kept if a random word of 32 bits is less.
    private let thresholds: [UInt64]
    private let textKey: Threefry.Words
    private let noiseKey: Threefry.Words
    private var noiseCount: UInt64 = 0

    /// Words of the corpus that have been read.
    private(set) var position = 0
    private var sentence = 0
    /// Those kept, from a window before the next centre on, each with its sentence and the width of its window.
    private var kept: [Kept] = []
    /// The next centre.
    private var next = 0

    private struct Kept {
        var word: Int32
        var width: Int32
        var sentence: Int
    }

    /// - `thresholds`: by word, the probability of being kept in units of 2⁻³².
    init(
        _ corpus: Corpus, _ model: SkipGram, noise: NoiseDistribution, thresholds: [UInt64], seed: UInt32, epoch: Int
    ) {
        self.corpus = corpus
        self.model = model
        self.noise = noise
        self.thresholds = thresholds
        let step = UInt32(truncatingIfNeeded: epoch)
        textKey = Threefry.streamKey(seed: seed, step: step, stream: 0x7465_7874)
        noiseKey = Threefry.streamKey(seed: seed, step: step, stream: 0x6E6F_6973)
    }

    /// Fills a batch with the next blocks; `false` when the pass is over. The last batch may have centres that are
    /// none, and what follows it has no other.
    @discardableResult
    mutating func fill(_ batch: inout SkipGramBatch) -> Bool {
        batch.pairs = 0
        var isEmpty = true
        for block in 0..<model.layout.blocks {
            read()
            let count = min(model.layout.centres, kept.count - next)
            if count > 0 { isEmpty = false }
            fill(&batch, block, count)
            next += max(count, 0)
        }
        return !isEmpty
    }

    /// Reads on until the next block's words are kept, or the corpus ends.
    private mutating func read() {
        // Now and then, so that all moves together cost no more than the reading.
        if next > 4096 + model.window {
            kept.removeFirst(next - model.window)
            next = model.window
        }
        let count = next + model.layout.centres + model.window
        while kept.count < count, position < corpus.words.count {
            if position == corpus.sentenceEnds[sentence] { sentence += 1 }
            let word = corpus.words[position]
            let draw = Threefry.block(key: textKey, counter: counter(UInt64(position)))
            position += 1
            guard UInt64(draw.0) < thresholds[Int(word)] else { continue }
            // Uniform on 1 ... window, as in word2vec: near words are paired more often.
            let width = Int32(1 + (UInt64(draw.1) * UInt64(model.window)) >> 32)
            kept.append(Kept(word: word, width: width, sentence: sentence))
        }
    }

    private mutating func fill(_ batch: inout SkipGramBatch, _ block: Int, _ count: Int) {
        let (window, centres) = (model.window, model.layout.centres)
        let (firstCentre, firstColumn) = (block * centres, block * model.columns)
        // Column 0 is the word a window before the first centre.
        let origin = next - window
        for column in 0..<model.reach {
            let place = origin + column
            batch.columns[firstColumn + column] = kept.indices.contains(place) ? kept[place].word : 0
        }
        for pair in 0..<(model.layout.noise + 1) / 2 {
            let draw = Threefry.block(key: noiseKey, counter: counter(noiseCount))
            noiseCount += 1
            batch.columns[firstColumn + model.reach + 2 * pair] = noise.word(draw.0)
            if 2 * pair + 1 < model.layout.noise {
                batch.columns[firstColumn + model.reach + 2 * pair + 1] = noise.word(draw.1)
            }
        }
        let share = Float(model.negatives) / Float(model.layout.noise)
        for centre in 0..<centres {
            let row = (firstCentre + centre) * model.columns
            for column in row..<row + model.columns { batch.weights[column] = 0 }
            guard centre < count else {
                batch.centres[firstCentre + centre] = 0
                continue
            }
            let place = next + centre
            let here = kept[place]
            var low = max(place - Int(here.width), 0)
            var high = min(place + Int(here.width), kept.count - 1)
            while kept[low].sentence != here.sentence { low += 1 }
            while kept[high].sentence != here.sentence { high -= 1 }
            batch.centres[firstCentre + centre] = here.word
            for near in low...high where near != place { batch.weights[row + near - origin] = -1 }
            for noise in row + model.reach..<row + model.columns { batch.weights[noise] = Float(high - low) * share }
            batch.pairs += high - low
        }
    }

    private func counter(_ number: UInt64) -> Threefry.Words {
        (UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32))
    }
}
