import { live } from '../../cli/demo/apps/instance.mjs';

/* Does nothing but say, 20 times a second, who it is and in what role it acts: what was written judges the cluster. */
live();
