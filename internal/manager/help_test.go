package manager

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func clientTLS(t *testing.T, m *Manager) *tls.Config {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(m.Authority())) {
		t.Fatal("no authority")
	}
	return &tls.Config{RootCAs: roots}
}
