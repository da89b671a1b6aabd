package record

// Pairs returns the names and values of the record as they stand in it; all
// says that Each gives these and no others.
func (r *Record) Pairs() (names, values []string, all bool) {
	return r.Log.Names, r.Log.Values, r.Typed == nil
}
