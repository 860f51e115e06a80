#if OpenCL
/// What is chosen by the kind of device. The numbers are data: to tune is to edit the values below.
struct Tuning: Sendable, Hashable {
    /// Floats that a work item handles at once; 1 where the hardware runs work items in lockstep.
    var lanes: Int
    /// Work items of a group, for kernels that do not say themselves.
    var groupSize: Int
    /// Work items that keep the device busy.
    var parallelism: Int
    /// Items of a map that a work item takes at most.
    var itemLimit: Int
    /// What keeps the device busy with reductions: groups that reduce one output each, or work items.
    var reductionGroups: Int, reductionWorkers: Int
    /// A part of a reduction has at least so many items, along memory and across: fewer take less time than starting another
    /// kernel.
    var partItems: Int, partRows: Int
    /// Work items of a GPU that take turns at an output across memory, where outputs are few: 32 neighbours load side by side.
    static let teams = 8
    /// Vectors of totals that a work item keeps close.
    var stripLimit: Int
    /// Groups that keep the device busy with a product, and a depth from which it pays to sum slices of it apart.
    var contractGroups: Int, sliceDepth: Int
    /// How many of a product's groups run at a time (a GPU's units), and what it costs to start one, in cycles.
    var workers: Int, blockCycles: Double
    /// For contract-lanes.cl, where `lanes` > 1.
    var contract = ContractTile(rows: 1, columns: 1, depth: 1, registerRows: 1, registerColumns: 1)
    /// For contract-tiles.cl, where there are no lanes: from large to small.
    var tiles: [GroupTile] = []

    struct ContractTile: Sendable, Hashable {
        /// Result elements of a work group at most.
        var rows: Int, columns: Int
        /// Slices of the summed dimension kept close.
        var depth: Int
        /// Rows and columns of a register tile, the latter in vectors.
        var registerRows: Int, registerColumns: Int
        /// Results of a work group that may wait for the next slice.
        var sums = 0
    }

    struct GroupTile: Sendable, Hashable {
        /// Work items along a side of the tile, of which each owns `work` × `work` elements.
        var side: Int, work: Int
        /// So many teams of side × side items take turns at a slice of the sum, which is `depth` long.
        var teams: Int, depth: Int
        /// Tiles for each of the device's units from which on it beats the next smaller one.
        var share: Int

        /// Of the tile, in elements.
        var width: Int { side * work }
        var groupSize: Int { side * side * teams }
        /// Bytes of local memory: a slice of both factors, or the teams' sums.
        var bytes: Int { 4 * max(2 * depth * (width + 1), teams > 1 ? teams * width * (width + 1) : 0) }

        func blocks(_ rows: Int, _ columns: Int) -> (down: Int, across: Int) {
            ((rows + width - 1) / width, (columns + width - 1) / width)
        }
    }

    /// For a processor whose vectors hold so many floats.
    ///
    /// Measured on Zen 5 with PoCL 3.1 and two threads: 12 × 2 vectors of 16 are 24 of the 32 registers, and a panel of
    /// 256 × 32 floats is 32 KiB. Ten panels and the sums take about half of the second level of cache.
    static func processor(vector: Int) -> Tuning {
        let lanes = vector >= 16 ? 16 : vector >= 8 ? 8 : 4
        let registerRows = lanes == 16 ? 12 : 6
        return Tuning(
            lanes: lanes, groupSize: 1, parallelism: 64, itemLimit: 64, reductionGroups: 16, reductionWorkers: 16,
            partItems: 2048, partRows: 2048, stripLimit: 64, contractGroups: 8, sliceDepth: 1024, workers: 2,
            blockCycles: 2000,
            contract: ContractTile(
                rows: 1020, columns: 20 * lanes, depth: 256, registerRows: registerRows, registerColumns: 2,
                sums: 1 << 16))
    }

    /// Values that suit discrete GPUs generally: groups of 256. Measured on an H100: docs/performance.md.
    static let graphics = Tuning(
        lanes: 1, groupSize: 256, parallelism: 1 << 18, itemLimit: 16, reductionGroups: 1024,
        reductionWorkers: 1 << 16, partItems: 2048, partRows: 128, stripLimit: 1, contractGroups: 256, sliceDepth: 512,
        workers: 128,
        blockCycles: 0,
        tiles: [
            GroupTile(side: 16, work: 8, teams: 1, depth: 16, share: 1),
            GroupTile(side: 16, work: 4, teams: 1, depth: 16, share: 2),
            GroupTile(side: 8, work: 4, teams: 4, depth: 64, share: 0),
            GroupTile(side: 8, work: 4, teams: 1, depth: 16, share: 0),
        ])

    /// The values for a device's kind, made to fit into what it has.
    static func suited(to device: Device) -> Tuning {
        var tuning = device.isProcessor ? processor(vector: device.vectorWidth) : graphics
        while tuning.groupSize > device.largestGroup { tuning.groupSize /= 2 }
        guard device.isProcessor else {
            tuning.workers = max(1, device.computeUnits)
            tuning.contractGroups = 2 * tuning.workers
            // The last serves every device: 64 work items and 5 KB.
            tuning.tiles =
                tuning.tiles.dropLast().filter {
                    $0.groupSize <= device.largestGroup && $0.bytes <= device.localMemory
                } + tuning.tiles.suffix(1)
            return tuning
        }
        tuning.workers = max(1, device.computeUnits)
        while tuning.panelBytes > device.localMemory, tuning.contract.depth > 1 {
            tuning.contract.depth /= 2
            tuning.contract.sums /= 2
        }
        return tuning
    }

    /// Local memory of a group of a product, where `lanes` > 1.
    private var panelBytes: Int {
        let tile = contract
        return 4 * (tile.columns * tile.depth + tile.sums + tile.registerRows * (tile.depth + lanes) + lanes)
    }

    /// Work groups and the items of each work item, for `items` that are independent.
    func spread(_ items: Int) -> (groups: Int, chunk: Int) {
        let chunk = min(max(items / parallelism, 1), itemLimit)
        let workers = (items + chunk - 1) / chunk
        return ((workers + groupSize - 1) / groupSize, chunk)
    }

    /// What the text of most kernels depends on.
    var defines: [(String, String)] { [("GROUP", "\(groupSize)")] }

    /// What the text of all kernels depends on.
    var options: [String] { ["-DCONSECUTIVE=\(groupSize == 1 ? 1 : 0)"] }

    /// The most work items of any group.
    var largestGroup: Int { max(groupSize, tiles.map(\.groupSize).max() ?? 0) }
}
#endif
