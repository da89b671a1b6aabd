package file

// NewTyped returns a sensor on the rung of system calls that does not take the
// classic tracepoints, as on a host without tracefs.
func NewTyped(o Options) *Sensor {
	o.Rung = everyCall
	s := New(o)
	s.typed = true
	return s
}
