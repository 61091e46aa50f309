import { defineConfig } from 'vite';

// The page calls the service at its own origin; here that is forwarded, so no origin has to be allowed by the service.
const proxy = { '/graphql': process.env.LIENTHONG_URL ?? 'http://127.0.0.1:8000' };

export default defineConfig({ server: { proxy }, preview: { proxy } });
