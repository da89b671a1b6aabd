package cli

import (
	"crypto/x509"
	"encoding/pem"

	"github.com/vedette-edr/vedette/internal/agent/ship"
)

// EnrolledAt reports whether the agent with this state directory is enrolled
// at the manager with these authorities (PEM).
func EnrolledAt(stateDir, authorities string) bool {
	id, err := ship.LoadIdentity(identityDir(stateDir))
	if err != nil {
		return false
	}
	for rest := []byte(authorities); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return false
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return false
		}
		for _, a := range id.Authorities {
			if a.Equal(root) {
				return true
			}
		}
	}
}
