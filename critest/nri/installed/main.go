// A plugin to be installed: it puts an environment variable, from its configuration, into containers whose pod asks for it by an annotation.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
)

type plugin struct{ value string }

func (p *plugin) Configure(_ context.Context, config, runtime, version string) (api.EventMask, error) {
	p.value = config
	fmt.Fprintln(os.Stderr, "configured by", runtime, version)
	return api.ParseEventMask("CreateContainer")
}

func (p *plugin) CreateContainer(_ context.Context, pod *api.PodSandbox, _ *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	adjust := &api.ContainerAdjustment{}
	if pod.GetAnnotations()["plugin.example/env"] != "" {
		adjust.AddEnv("INSTALLED", p.value)
	}
	return adjust, nil, nil
}

func main() {
	made, err := stub.New(&plugin{})
	if err == nil {
		err = made.Run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
