package detect

import "github.com/vedette-edr/vedette/internal/detect/expr"

// Source finds matches beside the rules of a Set: indicators of compromise. It
// is safe for concurrent use.
type Source interface {
	Match(rec expr.Record, dst []Match) []Match
}
