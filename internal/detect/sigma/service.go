package sigma

import "slices"

// ServiceOf returns the service of Windows whose only channel is the given one;
// the empty text when there is none.
func ServiceOf(channel string) string {
	var found []string
	for service, channels := range services() {
		if len(channels) == 1 && channels[0] == channel {
			found = append(found, service)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}
