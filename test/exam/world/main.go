// Command world stands for the network in a guest that has none: a resolver
// that answers any name with one address, and a web server there; with -files
// also one for HTTPS. It ends with the guest.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
)

func main() {
	address := flag.String("address", "10.99.0.1", "what every name resolves to; IPv4")
	folder := flag.String("files", "", "folder with files that are served by HTTPS")
	name := flag.String("name", "github.com", "host that HTTPS is served as")
	authority := flag.String("authority", "", "file for the certificate to trust")
	flag.Parse()
	ip, err := netip.ParseAddr(*address)
	if err != nil || !ip.Is4() {
		fmt.Fprintf(os.Stderr, "world: -address %q: want an IPv4 address\n", *address)
		os.Exit(2)
	}
	failed := make(chan error, 2)
	go func() { failed <- serve(ip) }()
	if *folder != "" {
		go func() { failed <- serveFiles(ip, *folder, *name, *authority) }()
	}
	if err := <-failed; err != nil {
		fmt.Fprintln(os.Stderr, "world:", err)
		os.Exit(1)
	}
}

func serve(ip netip.Addr) error {
	c, err := net.ListenPacket("udp4", "127.0.0.1:53")
	if err != nil {
		return fmt.Errorf("listen for questions: %w", err)
	}
	failed := make(chan error, 2)
	go func() { failed <- resolve(c, ip) }()
	go func() {
		failed <- http.ListenAndServe(net.JoinHostPort(ip.String(), "80"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s of %s\n", r.URL.Path, r.Host)
		}))
	}()
	return <-failed
}

// resolve answers questions until the connection breaks.
func resolve(c net.PacketConn, ip netip.Addr) error {
	buf := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return fmt.Errorf("read a question: %w", err)
		}
		if b := reply(buf[:n], ip); b != nil {
			if _, err := c.WriteTo(b, from); err != nil {
				return fmt.Errorf("answer: %w", err)
			}
		}
	}
}

// reply answers one question: an address for A, nothing for all others, and
// nil for what is no question.
func reply(q []byte, ip netip.Addr) []byte {
	const head = 12
	if len(q) < head || q[2]&0x80 != 0 || binary.BigEndian.Uint16(q[4:]) != 1 {
		return nil
	}
	end := head
	for end < len(q) && q[end] != 0 {
		end += int(q[end]) + 1
	}
	end += 5 // the last label, type and class
	if end > len(q) {
		return nil
	}
	b := append([]byte(nil), q[:end]...)
	b[2], b[3] = 0x81, 0x80
	clear(b[6:head])
	if binary.BigEndian.Uint16(b[end-4:]) != 1 {
		return b
	}
	b[7] = 1
	b = append(b, 0xc0, head, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
	a := ip.As4()
	return append(b, a[:]...)
}
