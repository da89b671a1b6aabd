package api

import "time"

// Login is a name and a password.
type Login struct {
	User     string `json:"user" minLength:"1" maxLength:"64"`
	Password string `json:"password" minLength:"1" maxLength:"1024"`
}

// Session says who is logged in.
type Session struct {
	User       string    `json:"user"`
	Role       string    `json:"role" enum:"viewer,analyst,admin"`
	MustChange bool      `json:"must_change" doc:"the password is a one-time password: until it is changed nothing else is allowed"`
	Expires    time.Time `json:"expires,omitzero" doc:"when the session ends, whatever happens"`
	IdleEnds   time.Time `json:"idle_ends,omitzero" doc:"when the session ends if it is not used"`
	KeyID      string    `json:"key_id,omitempty" doc:"the API key that was used instead of a session"`
}

// PasswordChange is a person's change of the own password.
type PasswordChange struct {
	Old string `json:"old" minLength:"1" maxLength:"1024"`
	New string `json:"new" minLength:"12" maxLength:"1024"`
}

// User is a person or a program that may log in.
type User struct {
	Name       string    `json:"name"`
	Role       string    `json:"role" enum:"viewer,analyst,admin"`
	Disabled   bool      `json:"disabled"`
	MustChange bool      `json:"must_change" doc:"has a one-time password that was not changed yet"`
	Created    time.Time `json:"created"`
	LastLogin  time.Time `json:"last_login,omitzero"`
	Keys       int64     `json:"keys" doc:"number of API keys"`
}

// UserList answers a request for users.
type UserList struct {
	Users []User `json:"users"`
}

// NewUser asks for a user.
type NewUser struct {
	Name     string `json:"name" minLength:"1" maxLength:"64" pattern:"^[a-z0-9][a-z0-9._@-]*$" patternDescription:"lower-case letters, digits, . _ @ -"`
	Role     string `json:"role" enum:"viewer,analyst,admin"`
	Password string `json:"password,omitempty" maxLength:"1024" doc:"one is made and shown once when absent; it must be changed at the first login either way"`
}

// CreatedUser answers NewUser.
type CreatedUser struct {
	User     User   `json:"user"`
	Password string `json:"password,omitempty" doc:"one-time password, shown only here"`
}

// UserChange changes what it holds.
type UserChange struct {
	Role          string `json:"role,omitempty" enum:"viewer,analyst,admin"`
	Disabled      *bool  `json:"disabled,omitempty"`
	ResetPassword bool   `json:"reset_password,omitempty" doc:"make a new one-time password and end the user's sessions"`
}

// Key is an API key without its secret.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	User    string    `json:"user"`
	Role    string    `json:"role" enum:"viewer,analyst,admin"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero" doc:"when it was used last, to the minute"`
}

// KeyList answers a request for keys.
type KeyList struct {
	Keys []Key `json:"keys"`
}

// NewKey asks for an API key of the own user.
type NewKey struct {
	Name   string `json:"name" minLength:"1" maxLength:"64"`
	Role   string `json:"role,omitempty" enum:"viewer,analyst,admin" doc:"at most the own role, which it is when absent"`
	Expire string `json:"expire,omitempty" maxLength:"32" doc:"for how long it is good, 90d for example; for ever when absent"`
}

// CreatedKey answers NewKey.
type CreatedKey struct {
	Key    Key    `json:"key"`
	Secret string `json:"secret" doc:"shown only here; send it as Authorization: Bearer SECRET"`
}

// Token is an enrolment token without its secret.
type Token struct {
	ID      string    `json:"id"`
	Group   string    `json:"group" doc:"group that hosts enrolled with it come into"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Uses    int64     `json:"uses" doc:"how often it was used"`
	MaxUses int64     `json:"max_uses" doc:"how often it may be used; 0 is without limit"`
	Revoked bool      `json:"revoked"`
}

// TokenList answers a request for tokens.
type TokenList struct {
	Tokens []Token `json:"tokens"`
}

// NewToken asks for an enrolment token.
type NewToken struct {
	Group   string `json:"group,omitempty" maxLength:"64" doc:"default when absent"`
	Expire  string `json:"expire,omitempty" maxLength:"32" doc:"for how long it is good, 1h when absent"`
	MaxUses int64  `json:"max_uses,omitempty" minimum:"0" maximum:"100000" doc:"1 when absent"`
}

// CreatedToken answers NewToken.
type CreatedToken struct {
	Token   Token  `json:"token"`
	Secret  string `json:"secret" doc:"shown only here"`
	Command string `json:"command" doc:"what to type on a host to enrol it"`
}
