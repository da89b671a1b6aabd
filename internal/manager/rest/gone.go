package rest

import "net/http"

// patient is a ResponseWriter for a reader that may go before it has the whole
// answer: then nobody can be told, and it is no fault of the manager's. What
// makes the answers would tell it with a second status, or with a panic.
type patient struct {
	http.ResponseWriter
	said bool // the status is on its way
	gone bool // the reader is
}

func (p *patient) WriteHeader(status int) {
	if p.said {
		return
	}
	p.said = status >= http.StatusOK
	p.ResponseWriter.WriteHeader(status)
}

func (p *patient) Write(b []byte) (int, error) {
	p.said = true
	if p.gone {
		return len(b), nil
	}
	if _, err := p.ResponseWriter.Write(b); err != nil {
		p.gone = true
	}
	return len(b), nil
}

// Unwrap gives http.ResponseController what is below.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
