package manager

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// child names the data directory of the manager that the test program runs when
// it was started by TestAE15_KilledManagerLosesNoAcceptedEvent.
const child = "VEDETTE_TEST_MANAGER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(child); dir != "" {
		if err := runChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func clientTLS(t *testing.T, m *Manager) *tls.Config {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(m.Authority())) {
		t.Fatal("no authority")
	}
	return &tls.Config{RootCAs: roots}
}
