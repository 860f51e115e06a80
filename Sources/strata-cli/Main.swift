import StrataCommand

@main
struct Main {
    static func main() async { await StrataCommand.main() }
}
