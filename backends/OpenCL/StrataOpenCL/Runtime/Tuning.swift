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
    /// A part of a reduction has at least so many items: fewer take less time than starting another kernel.
    var partItems: Int
    /// Vectors of totals that a work item keeps close.
    var stripLimit: Int
    /// Groups that keep the device busy with a product, and a depth from which it pays to sum slices of it apart.
    var contractGroups: Int, sliceDepth: Int
    /// How many of a product's groups run at a time, and what it costs to start one, in cycles.
    var workers: Int, blockCycles: Double
    /// The `#define`s of contract-lanes.cl (where `lanes` > 1) or of contract-tiles.cl.
    var contract: ContractTile

    struct ContractTile: Sendable, Hashable {
        /// Result elements of a work group, at most where `lanes` > 1.
        var rows: Int, columns: Int
        /// Slices of the summed dimension kept close.
        var depth: Int
        /// Rows and columns of a register tile, in elements of `lanes`.
        var registerRows: Int, registerColumns: Int
        /// Results of a work group that may wait for the next slice.
        var sums = 0
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
            partItems: 2048, stripLimit: 64, contractGroups: 8, sliceDepth: 1024, workers: 2, blockCycles: 2000,
            contract: ContractTile(
                rows: 1020, columns: 20 * lanes, depth: 256, registerRows: registerRows, registerColumns: 2,
                sums: 1 << 16))
    }

    /// Values that suit discrete GPUs generally: groups of 256, 64 × 64 tiles of which an item owns 4 × 4.
    static let graphics = Tuning(
        lanes: 1, groupSize: 256, parallelism: 1 << 18, itemLimit: 16, reductionGroups: 1024,
        reductionWorkers: 1 << 16, partItems: 512, stripLimit: 1, contractGroups: 128, sliceDepth: 256, workers: 128,
        blockCycles: 0,
        contract: ContractTile(rows: 64, columns: 64, depth: 16, registerRows: 4, registerColumns: 4))

    /// The values for a device's kind, made to fit into what it has.
    static func suited(to device: Device) -> Tuning {
        var tuning = device.isProcessor ? processor(vector: device.vectorWidth) : graphics
        if device.isProcessor { tuning.workers = max(1, device.computeUnits) }
        while tuning.groupSize > device.largestGroup { tuning.groupSize /= 2 }
        while tuning.largestGroup > device.largestGroup, tuning.contract.rows > tuning.contract.registerRows {
            tuning.contract.rows /= 2
            tuning.contract.columns /= 2
        }
        while tuning.contractBytes > device.localMemory, tuning.contract.depth > 1 {
            tuning.contract.depth /= 2
            tuning.contract.sums /= 2
        }
        return tuning
    }

    /// Local memory of a group of a product.
    private var contractBytes: Int {
        let tile = contract
        return 4
            * (lanes > 1
                ? tile.columns * tile.depth + tile.sums + tile.registerRows * (tile.depth + lanes) + lanes
                : tile.depth * (tile.rows + tile.columns + 2))
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
    var largestGroup: Int {
        lanes > 1
            ? groupSize
            : max(groupSize, contract.rows / contract.registerRows * (contract.columns / contract.registerColumns))
    }
}
#endif
