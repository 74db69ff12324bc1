// Command pulltime asks one daemon for one image and prints how long the call took, in microseconds.
//
//	pulltime SOCKET IMAGE
//
// The connection is made and used before, and no process starts within what is measured.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pulltime SOCKET IMAGE")
		os.Exit(2)
	}
	took, err := pull(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulltime:", err)
		os.Exit(1)
	}
	fmt.Println(took.Microseconds())
}

func pull(socket, image string) (time.Duration, error) {
	daemon, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return 0, err
	}
	defer daemon.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if _, err := cri.NewRuntimeServiceClient(daemon).Version(ctx, &cri.VersionRequest{}); err != nil {
		return 0, err
	}
	request := &cri.PullImageRequest{Image: &cri.ImageSpec{Image: image}}
	began := time.Now()
	_, err = cri.NewImageServiceClient(daemon).PullImage(ctx, request)
	return time.Since(began), err
}
