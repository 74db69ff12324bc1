// udp-echo sends each packet that comes to the UDP port given back to its sender.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: udp-echo PORT")
		os.Exit(2)
	}
	connection, err := net.ListenPacket("udp", ":"+os.Args[1])
	packet := make([]byte, 65536)
	for err == nil {
		var size int
		var sender net.Addr
		if size, sender, err = connection.ReadFrom(packet); err == nil {
			_, err = connection.WriteTo(packet[:size], sender)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
