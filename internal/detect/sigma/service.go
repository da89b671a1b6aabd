package sigma

import "slices"

// ServiceOf returns the service of Windows whose only channel is the given one;
// the empty text when there is none.
func ServiceOf(channel string) string {
	var found []string
	for _, s := range services() {
		if len(s.channels) == 1 && s.channels[0] == channel {
			found = append(found, s.service)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}
