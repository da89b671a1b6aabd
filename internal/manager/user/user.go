// Package user holds the people and programs that may use the manager: their
// passwords (argon2id), roles, sessions and API keys. The database holds only
// digests of secrets. A Store is safe for concurrent use.
package user

import (
	"errors"
	"fmt"
	"time"
)

// ErrWrong says that a password, session or key is wrong, without which of
// them, or of whom.
var ErrWrong = errors.New("wrong user, password, session or key")

// TooMany says that there were too many wrong passwords.
type TooMany struct {
	Wait time.Duration // until the next try is looked at
}

// Error says how long to wait.
func (e *TooMany) Error() string {
	return fmt.Sprintf("too many wrong passwords: wait %s", e.Wait.Round(time.Second))
}
