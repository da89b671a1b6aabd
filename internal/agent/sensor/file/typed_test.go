package file

// NewTyped returns a sensor that does not take the classic tracepoints, as on a
// host without tracefs.
func NewTyped(o Options) *Sensor {
	s := New(o)
	s.typed = true
	return s
}
