package expr

// Op is the operator of a predicate. `!=` and `not in` are Not over Equal, and
// `in` is Equal with several values.
type Op uint8

// The operators.
const (
	Equal Op = iota
	Less
	LessEqual
	Greater
	GreaterEqual
	Contains
	StartsWith
	EndsWith
	Like    // * is any text, ? one character, \ before * ? \ takes it literally
	Matches // regular expression, RE2, unanchored
	CIDR
	Exists
	Mask    // all bits of the value are set; whole numbers of any base
	Extract // what a regular expression takes out of the text is in a container
)

// opNames is how the condition language writes the operators. immutable
var opNames = [...]string{
	Equal: "=", Less: "<", LessEqual: "<=", Greater: ">", GreaterEqual: ">=",
	Contains: "contains", StartsWith: "startswith", EndsWith: "endswith", Like: "like",
	Matches: "matches", CIDR: "cidr", Exists: "exists", Mask: "mask", Extract: "extract",
}

// String returns o as the condition language writes it.
func (o Op) String() string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return "unknown"
}

// ordered reports whether o compares by order.
func (o Op) ordered() bool { return o >= Less && o <= GreaterEqual }

// holds reports whether a comparison with the given sign fulfils o.
func (o Op) holds(sign int) bool {
	switch o {
	case Less:
		return sign < 0
	case LessEqual:
		return sign <= 0
	case Greater:
		return sign > 0
	case GreaterEqual:
		return sign >= 0
	}
	return sign == 0
}
