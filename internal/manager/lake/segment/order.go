package segment

import (
	"cmp"
	"slices"
)

// place is a row of one of the parts that a file is made of, with its key: by
// agent, time, epoch and sequence.
type place struct {
	agent           int32 // rank of the agent's id
	part, row       int32
	time            int64
	epoch, sequence int64
}

func comparePlaces(a, b place) int {
	switch {
	case a.agent != b.agent:
		return cmp.Compare(a.agent, b.agent)
	case a.time != b.time:
		return cmp.Compare(a.time, b.time)
	case a.epoch != b.epoch:
		return cmp.Compare(a.epoch, b.epoch)
	}
	return cmp.Compare(a.sequence, b.sequence)
}

// keys are the columns that rows are sorted by, of one part.
type keys struct{ agent, time, epoch, sequence *Column }

// row is a row of a part.
type row struct{ part, row int32 }

// order returns the rows of all parts in the order of files, an event that
// stands more than once only once.
func order(parts []keys) []row {
	n, ranks := 0, rankAgents(parts)
	for _, p := range parts {
		n += len(p.time.Nums)
	}
	places := make([]place, 0, n)
	for i, p := range parts {
		for row, t := range p.time.Nums {
			places = append(places, place{ranks[i][p.agent.Codes[row]], int32(i), int32(row), t, p.epoch.Nums[row], p.sequence.Nums[row]})
		}
	}
	places = sortRuns(places)
	rows := make([]row, 0, n)
	for i, p := range places {
		if i == 0 || comparePlaces(places[i-1], p) != 0 {
			rows = append(rows, row{p.part, p.row})
		}
	}
	return rows
}

// rankAgents gives the agents of each part numbers in the order of their ids.
func rankAgents(parts []keys) [][]int32 {
	var all []string
	for _, p := range parts {
		all = append(all, p.agent.Texts...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	out := make([][]int32, len(parts))
	for i, p := range parts {
		for _, id := range p.agent.Texts {
			rank, _ := slices.BinarySearch(all, id)
			out[i] = append(out[i], int32(rank))
		}
	}
	return out
}

// sortRuns sorts by merging the runs that are sorted already: what agents send
// and what segments hold comes in long ones.
func sortRuns(a []place) []place {
	ends := sortedRuns(a)
	b := make([]place, len(a))
	for len(ends) > 1 {
		next, start := ends[:0], 0
		for i := 0; i < len(ends); i += 2 {
			middle, end := ends[i], ends[min(i+1, len(ends)-1)]
			mergeTwo(b[start:end], a[start:middle], a[middle:end])
			next, start = append(next, end), end
		}
		a, b, ends = b, a, next
	}
	return a
}

// sortedRuns returns where the sorted runs of a end.
func sortedRuns(a []place) []int {
	var ends []int
	for i := 1; i < len(a); i++ {
		if comparePlaces(a[i-1], a[i]) > 0 {
			ends = append(ends, i)
		}
	}
	return append(ends, len(a))
}

// mergeTwo fills dst from two sorted runs; of equal rows that of a is first.
func mergeTwo(dst, a, b []place) {
	for i := range dst {
		if len(b) == 0 || len(a) > 0 && comparePlaces(a[0], b[0]) <= 0 {
			dst[i], a = a[0], a[1:]
		} else {
			dst[i], b = b[0], b[1:]
		}
	}
}
